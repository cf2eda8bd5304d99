/**
 * Claims a ring for a job. The first job that claims it has it, the same job may claim it again after a crash, any
 * other is a duplicate; unless it comes so much later that the session id is being used for a new call.
 *
 * KEYS ring, call, conversation
 * ARGV job, ring id, recipient, session id, received at, dequeued at, deadline, event (JSON), duplicate window (ms),
 *      time to live (ms), called at (ms, by the sender's clock), 1 if a message announced it, else ''
 * Returns { 'claimed' | 'duplicate', state }.
 */
export const CLAIM = `
local job, ringId, recipient, sessionId = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local receivedAt, dequeuedAt, deadline, event = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local window, ttl, calledAt, announced = tonumber(ARGV[9]), ARGV[10], tonumber(ARGV[11]), ARGV[12] == '1'

local function within(at) return at and math.abs(receivedAt - tonumber(at)) < window end
-- What is on record of the session means this call; but a meeting's session had others before, and then the time decides.
local function means(marker) return within(marker.at) and (not announced or marker.covers >= calledAt) end
-- The version before this one wrote of an answer the instant alone, and of an end no more than when it came.
local function decode(stored)
  local marker = cjson.decode(stored)
  if type(marker) == 'number' then marker = { at = marker } end
  marker.covers = marker.covers or marker.at
  return marker
end

local stored = redis.call('HMGET', KEYS[1], 'job', 'receivedAt', 'state')
if stored[1] then
  if stored[1] == job then return { 'claimed', stored[3] } end
  if within(stored[2]) then return { 'duplicate', stored[3] } end
  redis.call('DEL', KEYS[1])
end

local state, ended = 'ringing', nil
if dequeuedAt >= deadline then state = 'expired' end
for _, field in ipairs({ 'answer:', 'answer:' .. recipient }) do
  local marker = redis.call('HGET', KEYS[2], field)
  if marker and means(decode(marker)) then state = 'answered' end
end
for _, field in ipairs({ 'end', 'end:' .. recipient }) do
  local marker = redis.call('HGET', KEYS[2], field)
  if marker and means(decode(marker)) then state, ended = 'ended', decode(marker) end
end
local conversation = redis.call('HMGET', KEYS[3], 'end', 'calledAt')
local nameless = conversation[1] and cjson.decode(conversation[1])
if nameless and within(nameless.at) and nameless.covers >= calledAt then state, ended = 'ended', nameless end

redis.call('HSET', KEYS[1], 'job', job, 'sessionId', sessionId, 'recipient', recipient, 'state', state, 'receivedAt', receivedAt,
  'dequeuedAt', dequeuedAt, 'deadline', deadline, 'event', event, 'calledAt', calledAt, 'announced', ARGV[12])
if ended then redis.call('HSET', KEYS[1], 'endAction', ended.action, 'endedAt', ended.at) end
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('HSET', KEYS[2], 'ring:' .. ringId, recipient)
redis.call('PEXPIRE', KEYS[2], ttl)
if not conversation[2] or calledAt >= tonumber(conversation[2]) then
  redis.call('HSET', KEYS[3], 'sessionId', sessionId, 'calledAt', calledAt)
end
redis.call('PEXPIRE', KEYS[3], window)
return { 'claimed', state }
`
