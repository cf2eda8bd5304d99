import { SET_ASIDE } from '../../devices/device.ts'
import { storedHealth } from '../../devices/device-health.ts'
import { script } from '../../redis/run-script.ts'
import { BUDGETS } from './budgets.ts'
import { INDEXES } from './indexes.ts'
import { MARKERS } from './markers.ts'
import { NOTE_OPEN } from './open-rings.ts'
import { JOIN } from './session.ts'

const healthNames = Object.keys(storedHealth)
  .map(name => `'${name}'`)
  .join(', ')

/**
 * A Lua function: what is done to the recipient. Claims a ring for a job, finds the recipient's phones, and opens the first
 * attempt on those that can be rung at once. Uses the markers that `join` returned, and no key of the session.
 *
 * The ring belongs to the first job that claims it. Any other job is a duplicate, unless it comes after the duplicate window:
 * then the session id is used for a new call.
 *
 * The same job may claim the ring again after a crash. Then no attempt is opened, because nobody knows whether its first
 * worker still makes one: all phones that are not settled are returned as queued. If the ring is over, so are the others,
 * because their worker may have died before it stopped them.
 *
 * Removes announcements older than the time to live, so that a session that is used for years stays small. Removes devices
 * from the user's list that expired or belong to another user.
 */
const CLAIM_RING = `
-- One string, because ioredis makes a Buffer of each string in a list. Lists without entries are left out: they would look like objects.
local function answer(claim)
  for _, list in ipairs({ 'opened', 'queued', 'skipped' }) do
    if claim[list] and #claim[list] == 0 then claim[list] = nil end
  end
  return cjson.encode(claim)
end

local function claimedAgain(key, state, endsOthers)
  local phones, queued = 0, {}
  local isOver = state == 'ended' or state == 'answered'
  local settled = { accepted = true, unregistered = true, rejected = true, expired = true, skipped = true }
  local hash = redis.call('HGETALL', key)
  for i = 1, #hash, 2 do
    local id = string.match(hash[i], '^device:(.*)')
    if id then
      phones = phones + 1
      local isJson, device = pcall(cjson.decode, hash[i + 1])
      if isJson and type(device) == 'table' and (isOver or not settled[device.outcome]) then
        table.insert(queued, { deviceId = id, platform = device.platform or '', isProven = true })
      end
    end
  end
  return answer({ claim = 'claimed', state = state, phones = phones, queued = queued, endsOthers = endsOthers or nil })
end

local function fieldsOf(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function includes(list, value)
  for _, each in ipairs(list) do if each == value then return true end end
  return false
end

-- What the phone told about itself. It is kept with the ring, because the phone may tell something else or be gone when somebody asks.
local function healthOf(fields)
  local health = nil
  for _, name in ipairs({ ${healthNames} }) do
    if fields[name] then
      health = health or {}
      health[name] = fields[name]
    end
  end
  return health
end

-- Returns the record of a phone, and whether an attempt on it is opened.
local function begin(offers, fields, now)
  local platform = fields.platform or ''
  local offer = offers.platforms[platform]
  local function skip(why, reason)
    return { platform = platform, appDeviceId = fields.deviceId, outcome = 'skipped', settledAt = now, why = why, reason = reason }
  end
  if fields.setAsideAt then return skip('device-retired', '${SET_ASIDE}') end
  if not offer and offers.otherwise then return skip(offers.otherwise.why, offers.otherwise.skip) end
  if not offer then return skip('provider-not-configured', 'no provider delivers to phones of this platform') end
  if offer.unconfigured then return skip('provider-not-configured', 'the provider ' .. offer.unconfigured .. ' is not configured') end
  local device = { platform = platform, appDeviceId = fields.deviceId, health = healthOf(fields) }
  if fields.receiptAt then device.expectsReceipt = true end
  if offer.queued and includes(offer.queued, fields.environment or '') then
    device.outcome, device.queuedAt = 'queued', now
    return device
  end
  device.outcome, device.attempt, device.sentAt = 'sending', 1, now
  return device, true
end

local function claimRing(key, announcedKey, markersKey, user, callsOf, newest, ring, markers)
  local function within(at) return tonumber(at) and math.abs(ring.receivedAt - tonumber(at)) < ring.window end
  -- An end or answer within the window is about this call. A meeting's session had other calls before, and whoever knows its id can
  -- open it, so there the time decides too, and who made the end.
  local function concerns(marker)
    if not within(marker.at) then return false end
    if not ring.announced then return true end
    return marker.covers >= ring.calledAt and isBySomeoneOf(cjson.decode(ring.event), marker.by)
  end

  local stored = redis.pcall('HMGET', key, 'job', 'receivedAt', 'state', 'endsOthers')
  -- Not a hash, so it is nobody's ring.
  if stored.err then redis.call('DEL', key) end
  if stored[1] then
    if stored[1] == ring.job then
      noteOpen(ring.openRings, ring.appId, ring.id, ring.deadline)
      return claimedAgain(key, stored[3], stored[4])
    end
    if within(stored[2]) then return answer({ claim = 'duplicate', state = stored[3], phones = 0 }) end
    redis.call('DEL', key)
  end

  local state, ended = 'ringing', nil
  if ring.dequeuedAt >= ring.deadline then state = 'expired' end
  local own = redis.call('HMGET', markersKey, 'answer', 'end')
  for _, answered in pairs({ session = markers.answered, own = decodeMarker(own[1]) }) do
    if concerns(answered) then state = 'answered' end
  end
  for _, ends in ipairs({ markers.ends, decodeEnds(own[2]) }) do
    for i = #ends, 1, -1 do
      if concerns(ends[i]) then state, ended = 'ended', ends[i] end
    end
  end
  local nameless = markers.nameless
  if nameless and within(nameless.at) and nameless.covers >= ring.calledAt then state, ended = 'ended', nameless end

  -- Counted here, after the duplicates. A ring that is over anyway rings nobody, so it must not use up what others need.
  local over, number
  if state == 'ringing' then over = spendOnce(ring.perCall, ring.decision) end
  if state == 'ringing' and not over then over, number = spend(ring.perRing) end
  local refused = over and true or false
  if refused then state = 'refused' end

  redis.call('HSET', key, 'job', ring.job, 'appId', ring.appId, 'sessionId', ring.sessionId, 'recipient', ring.recipient, 'state', state,
    'receivedAt', ring.receivedAt, 'dequeuedAt', ring.dequeuedAt, 'deadline', ring.deadline, 'event', ring.event)
  if refused then
    local refusal = refusalOf(over, cjson.decode(ring.event).caller.uid)
    redis.call('HSET', key, 'why', 'over-budget', 'note', reasonOf(over), 'refusal', refusal)
  end
  if ended then redis.call('HSET', key, 'endAction', ended.action, 'endedAt', ended.at) end
  -- The rings that were claimed before this one did not know that somebody of theirs was in the session.
  local endsOthers
  if ended and ring.announced and wasThere(ring.recipient, ended.by) then
    endsOthers = cjson.encode(ended)
    redis.call('HSET', key, 'endsOthers', endsOthers)
  end
  redis.call('PEXPIRE', key, ring.ttl)
  if ring.announced then
    redis.call('ZREMRANGEBYSCORE', announcedKey, '-inf', ring.receivedAt - ring.ttl)
    redis.call('ZADD', announcedKey, ring.calledAt, ring.id)
    redis.call('PEXPIRE', announcedKey, ring.ttl)
  end
  addToIndexes(callsOf, newest, ring)
  local claim = { claim = 'claimed', state = state, phones = 0, usedUp = refused and over.budget or nil, isFirst = true, endsOthers = endsOthers }
  if state ~= 'ringing' then return answer(claim) end

  if number > 1 then claim.number = number end
  claim.opened, claim.queued, claim.skipped = {}, {}, {}
  local others = 0
  for _, id in ipairs(redis.call('ZREVRANGE', user, 0, -1)) do
    local flat = redis.pcall('HGETALL', ring.devicePrefix .. id)
    local fields = fieldsOf(flat)
    if flat.err then table.insert(claim.opened, { deviceId = id }) end
    if fields.uid ~= ring.recipient then
      redis.call('ZREM', user, id)
    elseif fields.kind == 'alert' then
      others = others + 1
    else
      claim.phones = claim.phones + 1
      local device, isOpen = begin(ring.offers, fields, ring.dequeuedAt)
      redis.call('HSET', key, 'device:' .. id, cjson.encode(device))
      if isOpen then table.insert(claim.opened, { deviceId = id, hash = fields })
      elseif device.outcome == 'queued' then
        table.insert(claim.queued, { deviceId = id, platform = device.platform, isProven = fields.provenAt ~= nil })
      else
        table.insert(claim.skipped, { deviceId = id, platform = device.platform, why = device.why, reason = device.reason })
      end
    end
  end
  if #claim.queued > 0 then noteOpen(ring.openRings, ring.appId, ring.id, ring.deadline) end
  if claim.phones == 0 then
    claim.why = others > 0 and 'only-alert-tokens' or 'no-device'
    redis.call('HSET', key, 'why', claim.why, 'note', 'no phone of ' .. ring.recipient .. ' is registered for rings')
  end
  return answer(claim)
end
`

/**
 * Adds the recipient to the session, then claims the ring: two steps of which neither uses the other's keys. They are one
 * command because a session and its recipients are in the same lane.
 *
 * KEYS call, recipients, conversation; ring, announced, markers, user, calls of the recipient; newest calls of the app; open rings;
 *      counter of each charge for the ring; if there are charges for the call: decision, counter of each of them
 * ARGV job, recipient, session id, event (JSON), the message that announced it, or '', device key prefix, app id, terms
 *      (JSON): see `ClaimTerms`. Texts from outside are not among these, because cjson refuses some that JSON allows.
 * Returns JSON: see `ClaimAnswer`.
 */
export const CLAIM = script(`
${MARKERS}
${JOIN}
${BUDGETS}
${INDEXES}
${NOTE_OPEN}
${CLAIM_RING}
local ring = cjson.decode(ARGV[8])
ring.job, ring.recipient, ring.sessionId, ring.event = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
ring.announced, ring.announcedBy, ring.devicePrefix, ring.appId = ARGV[5] ~= '', ARGV[5], ARGV[6], ARGV[7]
-- The key ends with the ring's id, a UUID.
ring.id = string.sub(KEYS[4], -36)
ring.openRings = KEYS[10]
ring.perRing, ring.perCall = ring.perRing or {}, ring.perCall or {}
withKeys(ring.perRing, 11)
ring.decision = KEYS[11 + #ring.perRing]
withKeys(ring.perCall, 12 + #ring.perRing)
local markers = join(KEYS[1], KEYS[2], KEYS[3], ring)
return claimRing(KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], ring, markers)
`)
