import { script } from '../redis/run-script.ts'

/**
 * Notes that an event of an app waits for another attempt, unless there is no room for it.
 *
 * KEYS the events of the app that wait
 * ARGV event id, now (ms), when it is forgotten if nobody settles it (ms), how many of them may wait in any case, 1 if more may
 * Returns 1, or 0 if there is no room.
 */
export const WAIT = script(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
local isKnown = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not isKnown and ARGV[5] ~= '1' and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], math.floor(tonumber(last[2])))
return 1
`)

/**
 * Gives a job another priority, which counts when it waits again. BullMQ's own script looks for the job among all that wait.
 *
 * KEYS job
 * ARGV priority
 */
export const SET_PRIORITY = script(`
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'priority', ARGV[1]) end
`)
