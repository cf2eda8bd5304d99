import { script } from '../../redis/run-script.ts'

/**
 * Keeps what a device reported about a ring, unless it has reported the same event before, and notes that the device sends
 * receipts. The device's outcome is not touched: the receipt may come before it.
 *
 * KEYS ring, device
 * ARGV device id, event, receipt (JSON), now (ms)
 * Returns 'new', 'known', or 'gone' if the ring is not on record, or not for this device.
 */
export const ADD_RECEIPT = script(`
local id, event, now = ARGV[1], ARGV[2], ARGV[4]
local field = 'receipts:' .. id
local stored = redis.call('HMGET', KEYS[1], 'device:' .. id, field, 'recipient')
if not stored[1] then return 'gone' end
local isJson, receipts = pcall(cjson.decode, stored[2] or '{}')
-- What cannot be read is replaced.
if not isJson or type(receipts) ~= 'table' then receipts = {} end
if receipts[event] then return 'known' end
receipts[event] = cjson.decode(ARGV[3])
redis.call('HSET', KEYS[1], field, cjson.encode(receipts))
-- Somebody else may have the phone now. pcall: the device may be gone, or unreadable.
if redis.pcall('HGET', KEYS[2], 'uid') == stored[3] then redis.call('HSET', KEYS[2], 'receiptAt', now) end
return 'new'
`)
