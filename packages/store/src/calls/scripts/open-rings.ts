import { script } from '../../redis/run-script.ts'

/** An attempt may have left just before the deadline. */
const GRACE_MS = 1_000

/**
 * A Lua function. Notes that a phone of this ring waits or failed for now, so that a worker looks at it when the ring is over,
 * even if nobody takes its push.
 */
export const NOTE_OPEN = `
local function noteOpen(openRings, appId, ringId, deadline)
  if not appId or not tonumber(deadline) then return end
  redis.call('ZADD', openRings, tonumber(deadline) + ${GRACE_MS}, cjson.encode({ appId, ringId }))
end
`

/**
 * Takes rings that are over. They are due again after a while, unless the worker that took them removes them.
 *
 * KEYS open rings
 * ARGV now (ms), when they are due again (ms), at most how many
 * Returns members.
 */
export const TAKE_OPEN = script(`
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, member in ipairs(due) do redis.call('ZADD', KEYS[1], ARGV[2], member) end
return due
`)
