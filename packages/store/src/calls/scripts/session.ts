import { script } from '../../redis/run-script.ts'
import { MARKERS } from './markers.ts'

/*
 * What is done to one session: its recipients, its ends and answers, its conversation. No key of a recipient is used here,
 * because a session and its recipients may be in different lanes one day (docs/decisions/lanes.md).
 */

/**
 * A Lua function. Adds the recipient to the session, so that an event about the session finds the ring, and makes the session
 * the newest one of its conversation. Returns the markers of the session's ends and answer.
 *
 * If a call is announced twice, the second time changes nothing. Only messages announce a session's next call.
 *
 * Removes recipients older than the time to live, so that a session that is used for years stays small.
 */
export const JOIN = `
local function join(call, recipients, conversation, ring)
  redis.call('ZREMRANGEBYSCORE', recipients, '-inf', ring.receivedAt - ring.ttl)
  redis.call('ZADD', recipients, ring.receivedAt, ring.recipient)
  redis.call('PEXPIRE', recipients, ring.ttl)
  if ring.announced then
    redis.call('HSET', call, 'announced', '1')
    redis.call('PEXPIRE', call, ring.ttl)
  end
  local newest = redis.call('HMGET', conversation, 'end', 'sessionId', 'calledAt')
  local isKnown = newest[2] == ring.sessionId and not ring.announced
  if not isKnown and (not newest[3] or ring.calledAt >= tonumber(newest[3])) then
    redis.call('HSET', conversation, 'sessionId', ring.sessionId, 'calledAt', ring.calledAt)
  end
  redis.call('PEXPIRE', conversation, ring.window)
  local stored = redis.call('HMGET', call, 'answer', 'end')
  return { answered = decodeMarker(stored[1]), ends = decodeEnds(stored[2]), nameless = decodeMarker(newest[1]) }
end
`

/**
 * Marks an end that names only its conversation, and finds the session that it is about: the newest one, if that had begun
 * by then. The marker is for a ring that has not come yet. It does not apply to later calls.
 *
 * KEYS conversation
 * ARGV action, at (ms), covers: the latest instant at which a call that it ends can have begun (ms, by the sender's clock),
 *      duplicate window (ms)
 * Returns the session id, or nil.
 */
export const MARK_AND_FIND_SESSION = script(`
${MARKERS}
local action, at, covers, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
mark(KEYS[1], 'end', { action = action, at = at, covers = covers }, window)
redis.call('PEXPIRE', KEYS[1], window)
local newest = redis.call('HMGET', KEYS[1], 'sessionId', 'calledAt')
if newest[1] and tonumber(newest[2]) <= covers then return newest[1] end
return false
`)

/**
 * Leaves the marker of an end or an answer that concerns all of a session's recipients.
 *
 * KEYS call, recipients
 * ARGV action, or '' for an answer, at (ms), covers: the latest instant at which a call that it is about can have begun (ms,
 *      by the sender's clock), duplicate window (ms), time to live (ms), who made the end (JSON, see MARKERS), or ''
 * Returns { 1 if a message announced one of its calls, else '', the uids of the recipients so far }. The rings of any other find the
 *      marker.
 */
export const MARK_SESSION = script(`
${MARKERS}
local action, at, covers, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local by = ARGV[6] ~= '' and cjson.decode(ARGV[6]) or nil
if action == '' then mark(KEYS[1], 'answer', { at = at, covers = covers }, window)
else markEnd(KEYS[1], 'end', { action = action, at = at, covers = covers, by = by }, window) end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return { redis.call('HGET', KEYS[1], 'announced') or '', redis.call('ZRANGE', KEYS[2], 0, -1) }
`)
