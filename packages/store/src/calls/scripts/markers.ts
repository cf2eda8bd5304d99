/**
 * Lua functions for markers. An end or an answer leaves a marker for the rings that have not come yet: events come in any
 * order. A marker is `{ action?, at, covers }` as JSON.
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
`
