import { script } from '../../redis/run-script.ts'

/** How many of a recipient's newest calls are listed, and of an app's. */
export const CALLS_PER_RECIPIENT = 200
export const CALLS_PER_APP = 1_000

/**
 * A Lua function. Adds a call to the newest of its recipient and of its app, scored by when its webhook arrived, so that it can
 * be found without its session id. A call's member is its session id and, if there is one, the message that announced it, as a
 * JSON array: the rings of a group call are one call, and the meetings of a session are several.
 *
 * Removes what is older than the time to live, and all but the newest ones.
 */
export const INDEXES = `
local function addToIndex(key, most, member, at, ttl)
  redis.call('ZADD', key, at, member)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', at - ttl)
  redis.call('ZREMRANGEBYRANK', key, 0, -1 - most)
  redis.call('PEXPIRE', key, ttl)
end
local function addToIndexes(ofRecipient, newest, ring)
  local member = cjson.encode(ring.announced and { ring.sessionId, ring.announcedBy } or { ring.sessionId })
  addToIndex(ofRecipient, ${CALLS_PER_RECIPIENT}, member, ring.receivedAt, ring.ttl)
  addToIndex(newest, ${CALLS_PER_APP}, member, ring.receivedAt, ring.ttl)
end
`

/**
 * Adds a call that rang nobody to the newest of its app and of each user.
 *
 * KEYS newest calls of the app, calls of each user
 * ARGV session id, received at (ms), time to live (ms)
 */
export const ADD_TO_INDEXES = script(`
${INDEXES}
local ring = { sessionId = ARGV[1], receivedAt = tonumber(ARGV[2]), ttl = tonumber(ARGV[3]) }
if #KEYS == 1 then addToIndex(KEYS[1], ${CALLS_PER_APP}, cjson.encode({ ring.sessionId }), ring.receivedAt, ring.ttl) end
for i = 2, #KEYS do addToIndexes(KEYS[i], KEYS[1], ring) end
`)
