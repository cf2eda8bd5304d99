import { script } from '../../redis/run-script.ts'
import { MARKERS } from './markers.ts'

/*
 * The second step of an end or an answer: what is done to the recipients. The first one (MARK_SESSION) found them. No key of
 * the session is used here. Each step leaves a marker, so a ring that is claimed before, between or after them finds one.
 */

/**
 * Finds the rings of one recipient that an event is about.
 *
 * A session whose rings were announced by messages may be used more than once. The event is then about these of the rings
 * that had been announced by its time: the newest, and all that still ring. No other announcement is read, so that the cost
 * does not grow with the history of the session.
 *
 * Also returns whether a later ring was announced. The event does not apply to that ring, and the earlier ones are
 * superseded.
 */
const RINGS_OF = `
local function ringsOf(recipientId, ringKey, announced, ringPrefix, covers, at, longest)
  local rings = {}
  if redis.call('EXISTS', ringKey) == 1 then table.insert(rings, recipientId) end
  -- No ring lasts longer than this, so one that still rings was announced after it.
  local earliest = at - longest
  local newest = redis.call('ZREVRANGEBYSCORE', announced, covers, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if not newest[1] then return rings, false end
  table.insert(rings, newest[1])
  if tonumber(newest[2]) > earliest then
    for i, id in ipairs(redis.call('ZREVRANGEBYSCORE', announced, covers, '(' .. earliest)) do
      local deadline = i > 1 and tonumber(redis.pcall('HGET', ringPrefix .. id, 'deadline'))
      if deadline and at < deadline then table.insert(rings, id) end
    end
  end
  return rings, redis.call('ZCOUNT', announced, '(' .. covers, '+inf') > 0
end
`

/**
 * Reads the arguments, leaves each recipient's marker, changes each of their rings, and publishes the ids of those. Returns the
 * ids of the rings that this job changed.
 *
 * A job that runs again after a crash gets the ids that it got before, although other rings may have been announced since.
 * Rings whose state has changed again are left out.
 */
const CHANGE_RINGS = `
${MARKERS}
${RINGS_OF}
local job, ringPrefix, longest = ARGV[1], ARGV[2], tonumber(ARGV[3])
local window, at, covers, value = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local channel, by = ARGV[8], ARGV[9] ~= '' and cjson.decode(ARGV[9]) or nil
local function changeRings(leaveMarker, state, change)
  local all = {}
  for i = 1, #KEYS, 3 do
    local recipientId, ringKey, announced, markers = ARGV[10 + (i - 1) / 3], KEYS[i], KEYS[i + 1], KEYS[i + 2]
    local before = redis.call('HGET', markers, 'job:' .. job)
    if before then
      for _, id in ipairs(cjson.decode(before)) do
        if redis.pcall('HGET', ringPrefix .. id, 'state') == state then table.insert(all, id) end
      end
    else
      leaveMarker(markers)
      local changed = {}
      local rings, hasLater = ringsOf(recipientId, ringKey, announced, ringPrefix, covers, at, longest)
      for _, id in ipairs(rings) do
        if change(ringPrefix .. id, id ~= recipientId) then
          if hasLater then redis.pcall('HSET', ringPrefix .. id, 'superseded', '1') end
          table.insert(changed, id)
          table.insert(all, id)
        end
      end
      if #changed > 0 then redis.call('HSET', markers, 'job:' .. job, cjson.encode(changed)) end
      redis.call('PEXPIRE', markers, window)
      -- pcall: the state is written, whoever may be told of it.
      for _, id in ipairs(changed) do redis.pcall('PUBLISH', channel, id) end
    end
  end
  return all
end
`

/**
 * Ends the rings of some recipients of a session, and leaves markers for those that have not come yet.
 *
 * KEYS ring, announced, markers of each recipient
 * ARGV job, ring key prefix, longest ring (ms), duplicate window (ms), at (ms), covers: the latest instant at which a call that
 *      it ends can have begun (ms, by the sender's clock), action, channel of changes, who made it (JSON, see MARKERS), or '',
 *      id of each recipient
 * Returns the ids of the rings that this job ended.
 */
export const END_RINGS = script(`
${CHANGE_RINGS}
local marker = { action = value, at = at, covers = covers, by = by }
-- The session's marker has all who were there. Here they would be copied for each member of a group.
if by and by.occupants then marker.by = { occupants = {}, conversation = by.conversation, conversations = by.conversations } end
return changeRings(function(markers) markEnd(markers, 'end', marker, window) end, 'ended', function(key, isAnnounced)
  -- CometChat makes the ids of all other sessions, and nobody else knows them.
  if isAnnounced and by then
    local isJson, call = pcall(cjson.decode, redis.pcall('HGET', key, 'event'))
    if isJson and type(call) == 'table' and type(call.caller) == 'table' and not isBySomeoneOf(call, by) then return false end
  end
  local state = redis.pcall('HGET', key, 'state')
  -- Not a hash. The id is returned because whoever reads the ring reports that.
  if type(state) == 'table' then return true end
  -- A refused ring rang no phone, so nobody is told of its end.
  if not state or state == 'ended' or state == 'refused' then return false end
  redis.call('HSET', key, 'state', 'ended', 'endAction', value, 'endedAt', at)
  return true
end)
`)

/**
 * Finds the conversations in which these recipients of a session were called, by rings that an end can be about: an occupant of the
 * session who was called can end that call for the others as well.
 *
 * KEYS and ARGV as in END_RINGS
 * Returns conversation ids, perhaps several times.
 */
export const FIND_CONVERSATIONS = script(`
${RINGS_OF}
local ringPrefix, longest, at, covers = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5]), tonumber(ARGV[6])
local found = {}
for i = 1, #KEYS, 3 do
  local recipientId = ARGV[10 + (i - 1) / 3]
  for _, id in ipairs(ringsOf(recipientId, KEYS[i], KEYS[i + 1], ringPrefix, covers, at, longest)) do
    local isJson, call = pcall(cjson.decode, redis.pcall('HGET', ringPrefix .. id, 'event'))
    if isJson and type(call) == 'table' and type(call.conversationId) == 'string' then table.insert(found, call.conversationId) end
  end
end
return found
`)

/**
 * Marks the rings of some recipients of a session as answered, and leaves markers for those that have not come yet.
 *
 * KEYS and ARGV as in END_RINGS, with what answered, or '', in the place of the action
 * Returns the ids of the rings about which this job says something new: that they were answered, or on which device.
 */
export const ANSWER_RINGS = script(`
${CHANGE_RINGS}
local platforms = { android = true, ios = true, web = true }
local marker = { at = at, covers = covers }
return changeRings(function(markers) mark(markers, 'answer', marker, window) end, 'answered', function(key)
  local stored = redis.pcall('HMGET', key, 'state', 'answeredOn')
  -- Not a hash, as in END_RINGS.
  if stored.err then return true end
  local open = stored[1] == 'ringing' or stored[1] == 'expired'
  -- The id of a device says more than its platform.
  local vague = not stored[2] or (platforms[stored[2]] and not platforms[value])
  if not open and not (stored[1] == 'answered' and value ~= '' and vague) then return false end
  if open then redis.call('HSET', key, 'state', 'answered', 'answeredAt', at) end
  if value ~= '' then redis.call('HSET', key, 'answeredOn', value) end
  return true
end)
`)
