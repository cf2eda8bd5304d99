import { script } from '../redis/run-script.ts'

/**
 * Registers a token under a user, takes it away from its former owner, replaces the token that the device had before, and
 * removes the user's least recently seen devices above the limit. All of this is one script, so that a token never has two
 * owners and a device never two tokens of a kind, not even for a moment.
 *
 * `deviceId` is the app's own name for a device. Apps may give the same name to devices of different users, so only the
 * user's own tokens are replaced. A token of kind `both` counts as one of each kind.
 *
 * Nothing is changed if the token has another owner and may not be taken from them. What a user takes is counted for a day from
 * the first time.
 *
 * KEYS device, user, the user's moves
 * ARGV device key prefix, user key prefix, uid, device id, now (ms), limit, time to live (ms), most moves in a day, how long they
 *      are counted (ms), 1 if a token moves only with its deviceId, else '', what a token begins with that is replaced, or '', then the fields and values of
 *      the hash
 * Returns { 'stored' }, or { 'moved' | 'other-device' | 'too-many-moves', the former owner's name for the device or '', when the
 *      next token may be taken (ms from now) or 0 }.
 */
export const REGISTER = script(`
local devicePrefix, userPrefix, uid, id, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local limit, stale = tonumber(ARGV[6]), ARGV[7]
local mostMoves, movesTtl, onlySameDevice = tonumber(ARGV[8]), ARGV[9], ARGV[10] == '1'
local replaces = ARGV[11]
local fields = {}
for i = 12, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
local answer = { 'stored' }
-- pcall: a key that holds another type of value is replaced like any other record.
local owner = redis.pcall('HMGET', KEYS[1], 'uid', 'deviceId', 'provenAt', 'receiptAt')
if owner[1] and owner[1] ~= uid then
  local former = owner[2] or ''
  if onlySameDevice and (former == '' or former ~= fields.deviceId) then return { 'other-device', former, 0 } end
  local moves = redis.call('INCR', KEYS[3])
  if moves == 1 then redis.call('PEXPIRE', KEYS[3], movesTtl) end
  if moves > mostMoves then return { 'too-many-moves', former, redis.call('PTTL', KEYS[3]) } end
  redis.call('ZREM', userPrefix .. owner[1], id)
  answer = { 'moved', former, 0 }
end
local function remove(other)
  redis.call('DEL', devicePrefix .. other)
  redis.call('ZREM', KEYS[2], other)
end
local function isReplaced(other)
  local stored = redis.pcall('HMGET', devicePrefix .. other, 'uid', 'deviceId', 'platform', 'kind', 'token')
  local kind = stored[4]
  local isSameDevice = fields.deviceId and stored[2] == fields.deviceId
  local isSameInstallation = replaces ~= '' and stored[5] and string.sub(stored[5], 1, #replaces) == replaces
  return other ~= id and stored[1] == uid and (isSameDevice or isSameInstallation) and stored[3] == fields.platform
    and (kind == fields.kind or kind == 'both' or fields.kind == 'both')
end
if fields.deviceId or replaces ~= '' then
  for _, other in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    if isReplaced(other) then remove(other) end
  end
end
redis.call('DEL', KEYS[1])
for name, value in pairs(fields) do redis.call('HSET', KEYS[1], name, value) end
if owner[3] then redis.call('HSET', KEYS[1], 'provenAt', owner[3]) end
if owner[4] then redis.call('HSET', KEYS[1], 'receiptAt', owner[4]) end
redis.call('PEXPIRE', KEYS[1], stale)
redis.call('ZADD', KEYS[2], now, id)
redis.call('PEXPIRE', KEYS[2], stale)
local surplus = redis.call('ZCARD', KEYS[2]) - limit
if surplus > 0 then
  for _, old in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do remove(old) end
end
return answer
`)

/**
 * Removes a device, if it still has this token and this owner.
 *
 * KEYS device
 * ARGV user key prefix, device id, token, uid, the latest registration that may be removed (ms) or '' for any
 * Returns 1 if it was removed.
 */
export const FORGET = script(`
local userPrefix, id, token, uid, before = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local stored = redis.call('HMGET', KEYS[1], 'token', 'uid', 'registeredAt')
if stored[1] ~= token or stored[2] ~= uid then return 0 end
if before ~= '' and tonumber(stored[3]) > tonumber(before) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', userPrefix .. stored[2], id)
return 1
`)

/**
 * Removes all devices of a user that match.
 *
 * KEYS user
 * ARGV device key prefix, uid, device id or the app's own name for the phone, platform, kind; '' matches all
 * Returns how many were removed.
 */
export const FORGET_MATCHING = script(`
local devicePrefix, uid, name, platform, kind = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local forgotten = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local stored = redis.pcall('HMGET', devicePrefix .. id, 'uid', 'deviceId', 'platform', 'kind')
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
`)

/**
 * Marks a device as seen now, if it still has this token and this owner, and was last seen long enough ago. Restarts the
 * time to live of the device and of its user's list.
 *
 * KEYS device, user
 * ARGV token, uid, device id, now (ms), least time since it was last seen (ms), time to live (ms)
 * Returns 1 if it was marked.
 */
export const MARK_SEEN = script(`
local token, uid, id, now, pause, stale = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local stored = redis.call('HMGET', KEYS[1], 'token', 'uid', 'seenAt')
if stored[1] ~= token or stored[2] ~= uid then return 0 end
if tonumber(now) - tonumber(stored[3]) < pause then return 0 end
redis.call('HSET', KEYS[1], 'seenAt', now)
redis.call('PEXPIRE', KEYS[1], stale)
redis.call('ZADD', KEYS[2], 'XX', now, id)
redis.call('PEXPIRE', KEYS[2], stale)
return 1
`)

/**
 * Counts that the provider cannot deliver to a token, unless the device was registered again since. The token is not proven
 * any more.
 *
 * KEYS device
 * ARGV token, registered at (ms)
 * Returns how often in a row that was so, or 0 if the device is another one now.
 */
export const COUNT_REFUSAL = script(`
local stored = redis.call('HMGET', KEYS[1], 'token', 'registeredAt')
if stored[1] ~= ARGV[1] or stored[2] ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], 'provenAt')
return redis.call('HINCRBY', KEYS[1], 'refusals', 1)
`)

/**
 * Sets a device aside, unless it is already, or was registered again or accepted a push since.
 *
 * KEYS device
 * ARGV token, registered at (ms), least number of refusals, now (ms), reason
 * Returns 1 if it was set aside.
 */
export const SET_DEVICE_ASIDE = script(`
local stored = redis.call('HMGET', KEYS[1], 'token', 'registeredAt', 'refusals', 'setAsideAt')
if stored[1] ~= ARGV[1] or stored[2] ~= ARGV[2] or stored[4] then return 0 end
if tonumber(stored[3] or '0') < tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'setAsideAt', ARGV[4], 'setAsideReason', ARGV[5])
return 1
`)

/**
 * Notes that the provider accepted a push to a token: it is proven, and its refusals are forgotten.
 *
 * KEYS device
 * ARGV token, now (ms)
 */
export const MARK_PROVEN = script(`
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return end
redis.call('HSETNX', KEYS[1], 'provenAt', ARGV[2])
redis.call('HDEL', KEYS[1], 'refusals', 'setAsideAt', 'setAsideReason')
`)

/**
 * Removes from a user's list those of the given devices that expired or belong to another user, or whose record does not
 * say to whom they belong.
 *
 * KEYS user
 * ARGV device key prefix, uid, then device ids
 */
export const PRUNE_USER = script(`
local devicePrefix, uid = ARGV[1], ARGV[2]
for i = 3, #ARGV do
  if redis.pcall('HGET', devicePrefix .. ARGV[i], 'uid') ~= uid then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
`)

/**
 * Writes the environment of a device that was registered without one, unless it was registered again since.
 *
 * KEYS device
 * ARGV token, registered at (ms), environment
 * Returns 1 if it was written.
 */
export const CORRECT_ENVIRONMENT = script(`
local stored = redis.call('HMGET', KEYS[1], 'token', 'registeredAt', 'environment')
if stored[1] ~= ARGV[1] or stored[2] ~= ARGV[2] or stored[3] then return 0 end
redis.call('HSET', KEYS[1], 'environment', ARGV[3])
return 1
`)

/**
 * Stores a device from a backup, unless its token is registered, or its owner has another token for the same pushes under the same
 * `deviceId`: the backup is older.
 *
 * KEYS device, user
 * ARGV device key prefix, device id, seen at (ms), time to live (ms), then the fields and values of the hash
 * Returns 1 if it was stored.
 */
export const RESTORE_DEVICE = script(`
local devicePrefix, id, seenAt, ttl = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local fields = {}
for i = 5, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if fields.deviceId then
  for _, other in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    local stored = redis.pcall('HMGET', devicePrefix .. other, 'uid', 'deviceId', 'platform', 'kind')
    local kind = stored[4]
    if stored[1] == fields.uid and stored[2] == fields.deviceId and stored[3] == fields.platform
      and (kind == fields.kind or kind == 'both' or fields.kind == 'both') then return 0 end
  end
end
for name, value in pairs(fields) do redis.call('HSET', KEYS[1], name, value) end
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('ZADD', KEYS[2], seenAt, id)
if redis.call('PTTL', KEYS[2]) < ttl then redis.call('PEXPIRE', KEYS[2], ttl) end
return 1
`)
