/**
 * Claims a ring for a job. The first job that claims it has it, the same job may claim it again after a crash, any
 * other is a duplicate; unless it comes so much later that the session id is being used for a new call.
 *
 * KEYS ring, call, conversation
 * ARGV job, ring id, recipient, session id, received at, dequeued at, deadline, event (JSON), duplicate window (ms),
 *      time to live (ms), called at (ms, by the sender's clock)
 * Returns { 'claimed' | 'duplicate', state }.
 */
export const CLAIM = `
local job, ringId, recipient, sessionId = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local receivedAt, dequeuedAt, deadline, event = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local window, ttl, calledAt = tonumber(ARGV[9]), ARGV[10], tonumber(ARGV[11])

local function within(at) return at and math.abs(receivedAt - tonumber(at)) < window end

local stored = redis.call('HMGET', KEYS[1], 'job', 'receivedAt', 'state')
if stored[1] then
  if stored[1] == job then return { 'claimed', stored[3] } end
  if within(stored[2]) then return { 'duplicate', stored[3] } end
  redis.call('DEL', KEYS[1])
end

local state, ended = 'ringing', nil
if dequeuedAt >= deadline then state = 'expired' end
for _, field in ipairs({ 'answer:', 'answer:' .. recipient }) do
  if within(redis.call('HGET', KEYS[2], field)) then state = 'answered' end
end
for _, field in ipairs({ 'end', 'end:' .. recipient }) do
  local marker = redis.call('HGET', KEYS[2], field)
  if marker and within(cjson.decode(marker).at) then state, ended = 'ended', cjson.decode(marker) end
end
local conversation = redis.call('HMGET', KEYS[3], 'end', 'calledAt')
local nameless = conversation[1] and cjson.decode(conversation[1])
if nameless and within(nameless.at) and nameless.covers >= calledAt then state, ended = 'ended', nameless end

redis.call('HSET', KEYS[1], 'job', job, 'sessionId', sessionId, 'recipient', recipient, 'state', state, 'receivedAt', receivedAt,
  'dequeuedAt', dequeuedAt, 'deadline', deadline, 'event', event)
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

/**
 * Opens an attempt on one device, if there is still something to ring for; the attempt is on record before the push
 * leaves, so that a worker's death between the two can be seen afterwards.
 *
 * KEYS ring
 * ARGV device id, now (ms)
 * Returns { 'go', event, received at, attempt, 1 if an earlier attempt was left open }
 *      or { 'ended' | 'answered' | 'expired', the device's outcome so far }
 *      or { 'settled' | 'unknown' }.
 */
export const BEGIN_ATTEMPT = `
local field, now = 'device:' .. ARGV[1], tonumber(ARGV[2])
local stored = redis.call('HMGET', KEYS[1], 'state', 'deadline', 'event', 'receivedAt', field)
if not stored[1] then return { 'unknown' } end
local device = stored[5] and cjson.decode(stored[5])
if not device then return { 'unknown' } end
local open = { queued = true, sending = true, retryable = true }
if not open[device.outcome] then return { 'settled' } end
if stored[1] ~= 'ringing' then return { stored[1], device.outcome } end
if now >= tonumber(stored[2]) then
  redis.call('HSET', KEYS[1], 'state', 'expired')
  return { 'expired', device.outcome }
end
local leftOpen = device.outcome == 'sending' and 1 or 0
device.outcome = 'sending'
device.attempt = (device.attempt or 0) + 1
device.sentAt = now
redis.call('HSET', KEYS[1], field, cjson.encode(device))
return { 'go', stored[3], stored[4], device.attempt, leftOpen }
`

/**
 * Writes what became of a device that is on record; of one that is not, half a record would be worse than none.
 *
 * KEYS ring
 * ARGV device id, JSON of the fields to set
 * Returns { state, end action or '' }, or {} if the ring is no longer on record.
 */
export const RECORD_DEVICE = `
local field = 'device:' .. ARGV[1]
local stored = redis.call('HMGET', KEYS[1], 'state', 'endAction', field)
if not stored[1] then return {} end
if stored[3] then
  local device, fields = cjson.decode(stored[3]), cjson.decode(ARGV[2])
  -- A worker that was frozen and comes back with a failure knows less than the one that settled the phone meanwhile.
  local open = { queued = true, sending = true, retryable = true }
  if open[device.outcome] or fields.outcome == 'accepted' then
    for name, value in pairs(fields) do device[name] = value end
    redis.call('HSET', KEYS[1], field, cjson.encode(device))
  end
end
return { stored[1], stored[2] or '' }
`

/**
 * Finds the session that an end means which names only its conversation: the newest, if it had begun by then. The end
 * stays on record for a ring that has not come yet; of a later call it says nothing.
 *
 * KEYS conversation
 * ARGV action, at (ms), the last instant at which a call that it ends can have begun (ms, by the sender's clock),
 *      duplicate window (ms)
 * Returns the session id, or nil.
 */
export const FIND_SESSION = `
local action, at, covers, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
redis.call('HSET', KEYS[1], 'end', cjson.encode({ action = action, at = at, covers = covers }))
redis.call('PEXPIRE', KEYS[1], window)
local newest = redis.call('HMGET', KEYS[1], 'sessionId', 'calledAt')
if newest[1] and tonumber(newest[2]) <= covers then return newest[1] end
return false
`

/**
 * Ends a session's rings, or one recipient's, and leaves a marker for a ring that has not come yet.
 *
 * KEYS call
 * ARGV ring key prefix, action, at (ms), job, recipient or '' for all, time to live (ms)
 * Returns the ids of the rings that this job ended; asked again by the same job, the same ids.
 */
export const END = `
local ringPrefix, action, at, job, recipient, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local marker = recipient == '' and 'end' or 'end:' .. recipient
redis.call('HSET', KEYS[1], marker, cjson.encode({ action = action, at = tonumber(at) }))
redis.call('PEXPIRE', KEYS[1], ttl)
local ended = {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local ringId = string.match(fields[i], '^ring:(.+)$')
  if ringId and (recipient == '' or fields[i + 1] == recipient) then
    local key = ringPrefix .. ringId
    local stored = redis.call('HMGET', key, 'state', 'endJob')
    if stored[1] and (stored[1] ~= 'ended' or stored[2] == job) then
      redis.call('HSET', key, 'state', 'ended', 'endAction', action, 'endedAt', at, 'endJob', job)
      table.insert(ended, ringId)
    end
  end
end
return ended
`

/**
 * Marks a recipient's ring as answered, or all rings of the session where nobody is named, and leaves a marker for a
 * ring that has not come yet.
 *
 * KEYS call
 * ARGV ring key prefix, uid or '', at (ms), time to live (ms)
 */
export const ANSWER = `
local ringPrefix, uid, at, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
redis.call('HSET', KEYS[1], 'answer:' .. uid, at)
redis.call('PEXPIRE', KEYS[1], ttl)
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local ringId = string.match(fields[i], '^ring:(.+)$')
  if ringId and (uid == '' or fields[i + 1] == uid) then
    local key = ringPrefix .. ringId
    local state = redis.call('HGET', key, 'state')
    if state == 'ringing' or state == 'expired' then
      redis.call('HSET', key, 'state', 'answered', 'answeredAt', at)
    end
  end
end
return 1
`
