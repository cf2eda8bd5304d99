/** How many ends of different people are kept for rings that have not come yet. */
const ENDS_KEPT = 4

/**
 * Lua functions for markers. An end or an answer leaves a marker for the rings that have not come yet: events come in any
 * order. A marker is `{ at, covers }` as JSON. Of a session's ends, and of a recipient's, a list of markers is kept,
 * `{ action, at, covers, by? }`, because not everybody can end every call: the end of a stranger must not hide the real one.
 *
 * `by` is what an end says about who made it: `{ occupants?, conversation?, conversations? }`: who was in the session, the
 * conversation that it names, and those in which one of the occupants was called.
 */
export const MARKERS = `
-- A marker that cannot be read counts as absent: it would keep the phone silent for which it was left.
local function decodeMarker(stored)
  local isJson, marker = pcall(cjson.decode, stored)
  local isMarker = isJson and type(marker) == 'table' and type(marker.at) == 'number' and type(marker.covers) == 'number'
  return isMarker and marker or nil
end
-- Keeps the marker that covers the latest calls, unless it is older than the duplicate window.
local function mark(key, field, marker, window)
  local other = decodeMarker(redis.call('HGET', key, field))
  if other and other.covers > marker.covers and math.abs(marker.at - other.at) < window then return end
  redis.call('HSET', key, field, cjson.encode(marker))
end
-- Returns the markers of ends, those that cover the latest calls first.
local function decodeEnds(stored)
  local isJson, all = pcall(cjson.decode, stored)
  local ends = {}
  for _, each in ipairs(isJson and type(all) == 'table' and all or {}) do
    local isEnd = type(each) == 'table' and type(each.action) == 'string' and type(each.at) == 'number' and type(each.covers) == 'number'
    if isEnd and (each.by == nil or type(each.by) == 'table') then table.insert(ends, each) end
  end
  return ends
end
-- Keeps one marker of each who can end calls, as above.
local function markEnd(key, field, marker, window)
  local ends, by = { marker }, cjson.encode(marker.by or {})
  for _, other in ipairs(decodeEnds(redis.call('HGET', key, field))) do
    local isRecent = math.abs(marker.at - other.at) < window
    if cjson.encode(other.by or {}) ~= by then
      if isRecent then table.insert(ends, other) end
    elseif isRecent and other.covers > marker.covers then
      ends[1] = other
    end
  end
  table.sort(ends, function(a, b) return a.covers > b.covers end)
  while #ends > ${ENDS_KEPT} do table.remove(ends) end
  redis.call('HSET', key, field, cjson.encode(ends))
end
-- Whether this user was in the session that ended.
local function wasThere(uid, by)
  for _, occupant in ipairs(by and type(by.occupants) == 'table' and by.occupants or {}) do
    if occupant == uid then return true end
  end
  return false
end
-- Whether an end is about this call, as far as it says who made it.
local function isBySomeoneOf(call, by)
  if not by then return true end
  if by.conversation and by.conversation ~= call.conversationId then return false end
  if type(by.occupants) ~= 'table' then return true end
  if wasThere(call.caller.uid, by) or wasThere(call.recipient, by) then return true end
  for _, conversation in ipairs(type(by.conversations) == 'table' and by.conversations or {}) do
    if conversation == call.conversationId then return true end
  end
  return false
end
`
