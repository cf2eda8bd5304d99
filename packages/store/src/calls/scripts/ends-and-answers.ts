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
