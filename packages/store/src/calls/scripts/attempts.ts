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
 * Returns { state, end action or '', what answered or '' }, the last two '' of a ring that was superseded; or {} if the ring is
 * no longer on record.
 */
export const RECORD_DEVICE = `
local field = 'device:' .. ARGV[1]
local stored = redis.call('HMGET', KEYS[1], 'state', 'endAction', 'answeredOn', 'superseded', field)
if not stored[1] then return {} end
if stored[5] then
  local device, fields = cjson.decode(stored[5]), cjson.decode(ARGV[2])
  -- A worker that was frozen and comes back with a failure knows less than the one that settled the phone meanwhile.
  local open = { queued = true, sending = true, retryable = true }
  if open[device.outcome] or fields.outcome == 'accepted' then
    for name, value in pairs(fields) do device[name] = value end
    redis.call('HSET', KEYS[1], field, cjson.encode(device))
  end
end
-- The phone rings for a later one by now, and must not be told to stop.
if stored[4] then return { stored[1], '', '' } end
return { stored[1], stored[2] or '', stored[3] or '' }
`
