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
 * Returns { state, end action or '', what answered or '' }, or {} if the ring is no longer on record.
 */
export const RECORD_DEVICE = `
local field = 'device:' .. ARGV[1]
local stored = redis.call('HMGET', KEYS[1], 'state', 'endAction', 'answeredOn', field)
if not stored[1] then return {} end
if stored[4] then
  local device, fields = cjson.decode(stored[4]), cjson.decode(ARGV[2])
  -- A worker that was frozen and comes back with a failure knows less than the one that settled the phone meanwhile.
  local open = { queued = true, sending = true, retryable = true }
  if open[device.outcome] or fields.outcome == 'accepted' then
    for name, value in pairs(fields) do device[name] = value end
    redis.call('HSET', KEYS[1], field, cjson.encode(device))
  end
end
return { stored[1], stored[2] or '', stored[3] or '' }
`

/**
 * Puts on record that something ended, or was answered, for a ring that has not come yet. Events come in any order, so the
 * one that covers the most is kept, unless it is too old to mean anything.
 */
const MARK = `
local function mark(key, field, marker, window)
  local stored = redis.call('HGET', key, field)
  local other = stored and cjson.decode(stored)
  -- One that the version before this one wrote says too little to be kept.
  if type(other) == 'table' and other.covers and other.covers > marker.covers and math.abs(marker.at - other.at) < window then return end
  redis.call('HSET', key, field, cjson.encode(marker))
end
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
${MARK}
local action, at, covers, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
mark(KEYS[1], 'end', { action = action, at = at, covers = covers }, window)
redis.call('PEXPIRE', KEYS[1], window)
local newest = redis.call('HMGET', KEYS[1], 'sessionId', 'calledAt')
if newest[1] and tonumber(newest[2]) <= covers then return newest[1] end
return false
`

/**
 * The rings of a session that an event is about: one recipient's, or all. Where messages announced them, the session was
 * used more than once, and of each recipient's they are those that had been announced by then and ring, and the newest;
 * and what the same job was told before. Rings that are no longer on record are forgotten: a group may meet for years.
 *
 * Also tells of which recipients' a later one was announced, that the event says nothing of: the earlier one is superseded.
 */
const RINGS_OF = `
local function ringsOf(callKey, ringPrefix, recipient, covers, at, job)
  local rings, newest, hasLater = {}, {}, {}
  local fields = redis.call('HGETALL', callKey)
  for i = 1, #fields, 2 do
    local id, owner = string.match(fields[i], '^ring:(.+)$'), fields[i + 1]
    if id and (recipient == '' or owner == recipient) then
      local state, announced, calledAt, deadline, endJob, answerJob = unpack(redis.call('HMGET', ringPrefix .. id,
        'state', 'announced', 'calledAt', 'deadline', 'endJob', 'answerJob'))
      if not state then
        redis.call('HDEL', callKey, fields[i])
      elseif announced ~= '1' then
        rings[id] = owner
      elseif tonumber(calledAt) > covers then
        hasLater[owner] = true
      else
        local last = newest[owner]
        if not last or last.calledAt < tonumber(calledAt) then newest[owner] = { id = id, calledAt = tonumber(calledAt) } end
        if at < tonumber(deadline) or endJob == job or answerJob == job then rings[id] = owner end
      end
    end
  end
  for owner, ring in pairs(newest) do rings[ring.id] = owner end
  return rings, hasLater
end
`

/**
 * Ends a session's rings, or one recipient's, and leaves a marker for a ring that has not come yet.
 *
 * KEYS call
 * ARGV ring key prefix, action, at (ms), job, recipient or '' for all, time to live (ms), the last instant at which a call
 *      that it ends can have begun (ms, by the sender's clock), duplicate window (ms)
 * Returns the ids of the rings that this job ended; asked again by the same job, the same ids.
 */
export const END = `
${MARK}
${RINGS_OF}
local ringPrefix, action, at, job, recipient, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local covers, window = tonumber(ARGV[7]), tonumber(ARGV[8])
local field = recipient == '' and 'end' or 'end:' .. recipient
mark(KEYS[1], field, { action = action, at = at, covers = covers }, window)
redis.call('PEXPIRE', KEYS[1], ttl)
local ended = {}
local rings, hasLater = ringsOf(KEYS[1], ringPrefix, recipient, covers, at, job)
for ringId, owner in pairs(rings) do
  local key = ringPrefix .. ringId
  local stored = redis.call('HMGET', key, 'state', 'endJob')
  if stored[1] ~= 'ended' or stored[2] == job then
    redis.call('HSET', key, 'state', 'ended', 'endAction', action, 'endedAt', at, 'endJob', job)
    if hasLater[owner] then redis.call('HSET', key, 'superseded', '1') end
    table.insert(ended, ringId)
  end
end
return ended
`

/**
 * Marks a recipient's ring as answered, or all rings of the session where nobody is named, and leaves a marker for a
 * ring that has not come yet.
 *
 * KEYS call
 * ARGV ring key prefix, uid or '', at (ms), time to live (ms), job, covers (as in END), what answered or '', duplicate
 *      window (ms)
 * Returns the ids of the rings of which this job says something new: that they were answered, or on which device; asked
 * again by the same job, the same ids.
 */
export const ANSWER = `
${MARK}
${RINGS_OF}
local ringPrefix, uid, at, ttl, job = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local covers, answeredOn, window = tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local platforms = { android = true, ios = true, web = true }
mark(KEYS[1], 'answer:' .. uid, { at = at, covers = covers }, window)
redis.call('PEXPIRE', KEYS[1], ttl)
local answered = {}
local rings, hasLater = ringsOf(KEYS[1], ringPrefix, uid, covers, at, job)
for ringId, owner in pairs(rings) do
  local key = ringPrefix .. ringId
  local stored = redis.call('HMGET', key, 'state', 'answerJob', 'answeredOn')
  local open = stored[1] == 'ringing' or stored[1] == 'expired'
  if open then redis.call('HSET', key, 'state', 'answered', 'answeredAt', at) end
  -- A device says more than its platform does.
  local vague = not stored[3] or (platforms[stored[3]] and not platforms[answeredOn])
  local told = stored[1] == 'answered' and answeredOn ~= '' and vague
  if open or told then
    redis.call('HSET', key, 'answerJob', job)
    if answeredOn ~= '' then redis.call('HSET', key, 'answeredOn', answeredOn) end
  end
  if open or told or (stored[1] == 'answered' and stored[2] == job) then
    if hasLater[owner] then redis.call('HSET', key, 'superseded', '1') end
    table.insert(answered, ringId)
  end
end
return answered
`
