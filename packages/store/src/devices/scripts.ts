/**
 * Registers a token under a user, takes it away from whoever had it, and drops the user's least recently seen devices
 * above the limit: all at once, so that a token never has two owners, not even for a moment.
 *
 * KEYS device, user
 * ARGV device key prefix, user key prefix, uid, device id, now (ms), limit, then the hash's fields and values
 * Returns 1 if the token had another owner.
 */
export const REGISTER = `
local devicePrefix, userPrefix, uid, id, now, limit = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local moved = 0
local owner = redis.call('HGET', KEYS[1], 'uid')
if owner and owner ~= uid then
  redis.call('ZREM', userPrefix .. owner, id)
  moved = 1
end
redis.call('DEL', KEYS[1])
for i = 7, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('ZADD', KEYS[2], now, id)
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
