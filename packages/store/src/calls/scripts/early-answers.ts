import { script } from '../../redis/run-script.ts'

/**
 * Tells whether a session rang a recipient. If it did not, counts the report as one that may have overtaken its call. All keys
 * are the recipient's.
 *
 * KEYS ring, announced, the user's early answers
 * ARGV most early answers, how long they are counted from the first one (ms)
 * Returns 1 if it rang them, or if there were not too many early answers yet.
 */
export const ADMIT_ANSWER = script(`
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
local early = redis.call('INCR', KEYS[3])
if early == 1 then redis.call('PEXPIRE', KEYS[3], ARGV[2]) end
return early <= tonumber(ARGV[1]) and 1 or 0
`)
