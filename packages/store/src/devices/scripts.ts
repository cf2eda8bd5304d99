/**
 * Registers a token under a user, takes it away from whoever had it, and drops the user's least recently seen devices
 * above the limit: all at once, so that a token never has two owners, not even for a moment.
 *
 * KEYS device, user
 * ARGV device key prefix, user key prefix, uid, device id, now (ms), limit, how long unseen (ms), then the hash's fields
 *      and values
 * Returns 1 if the token had another owner.
 */
export const REGISTER = `
local devicePrefix, userPrefix, uid, id, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local limit, stale = tonumber(ARGV[6]), ARGV[7]
local moved = 0
local owner = redis.call('HGET', KEYS[1], 'uid')
if owner and owner ~= uid then
  redis.call('ZREM', userPrefix .. owner, id)
  moved = 1
end
redis.call('DEL', KEYS[1])
for i = 8, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], stale)
redis.call('ZADD', KEYS[2], now, id)
redis.call('PEXPIRE', KEYS[2], stale)
local surplus = redis.call('ZCARD', KEYS[2]) - limit
if surplus > 0 then
  for _, old in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do
    redis.call('DEL', devicePrefix .. old)
    redis.call('ZREM', KEYS[2], old)
  end
end
return moved
`

/**
 * Forgets a device if it is still the one that was meant.
 *
 * KEYS device
 * ARGV user key prefix, device id, token, uid, registered at or before (ms) or '' for any time
 * Returns 1 if it was forgotten.
 */
export const FORGET = `
local userPrefix, id, token, uid, before = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local stored = redis.call('HMGET', KEYS[1], 'token', 'uid', 'registeredAt')
if stored[1] ~= token or stored[2] ~= uid then return 0 end
if before ~= '' and tonumber(stored[3]) > tonumber(before) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', userPrefix .. stored[2], id)
return 1
`

/**
 * Forgets all devices of a user that are described so.
 *
 * KEYS user
 * ARGV device key prefix, uid, device id or the app's own name for the phone, platform, kind; '' for any
 * Returns how many were forgotten.
 */
export const FORGET_ALL = `
local devicePrefix, uid, name, platform, kind = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local forgotten = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local stored = redis.call('HMGET', devicePrefix .. id, 'uid', 'deviceId', 'platform', 'kind')
  if stored[1] == uid
    and (name == '' or name == id or name == stored[2])
    and (platform == '' or platform == stored[3])
    and (kind == '' or kind == stored[4])
  then
    redis.call('DEL', devicePrefix .. id)
    redis.call('ZREM', KEYS[1], id)
    forgotten = forgotten + 1
  end
end
return forgotten
`

/**
 * Notes that a device was seen, if it is still that token of that user and was not seen for a while: it and the list
 * that it stands in have their whole time again.
 *
 * KEYS device, user
 * ARGV token, uid, device id, now (ms), not seen for (ms), how long unseen (ms)
 * Returns 1 if it was noted.
 */
export const TOUCH = `
local token, uid, id, now, pause, stale = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local stored = redis.call('HMGET', KEYS[1], 'token', 'uid', 'seenAt')
if stored[1] ~= token or stored[2] ~= uid then return 0 end
if stored[3] and tonumber(now) - tonumber(stored[3]) < pause then return 0 end
redis.call('HSET', KEYS[1], 'seenAt', now)
redis.call('PEXPIRE', KEYS[1], stale)
redis.call('ZADD', KEYS[2], 'XX', now, id)
redis.call('PEXPIRE', KEYS[2], stale)
return 1
`

/**
 * Drops from a user's list the devices that went stale and those that are somebody else's.
 *
 * KEYS user
 * ARGV device key prefix, uid, then device ids
 */
export const TRIM = `
local devicePrefix, uid = ARGV[1], ARGV[2]
for i = 3, #ARGV do
  if redis.call('HGET', devicePrefix .. ARGV[i], 'uid') ~= uid then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
`

/**
 * Writes the environment of a device that was registered without one, if it is still that registration.
 *
 * KEYS device
 * ARGV token, registered at (ms), environment
 * Returns 1 if it was written.
 */
export const CORRECT_ENVIRONMENT = `
local stored = redis.call('HMGET', KEYS[1], 'token', 'registeredAt', 'environment')
if stored[1] ~= ARGV[1] or stored[2] ~= ARGV[2] or stored[3] then return 0 end
redis.call('HSET', KEYS[1], 'environment', ARGV[3])
return 1
`
