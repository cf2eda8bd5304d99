import { endAction, type RingEvent } from '@ringer/payloads'
import { script } from '../../redis/run-script.ts'
import { deviceOutcome, ringState } from '../call-record.ts'
import type { Attempt, SettledRing } from '../call-records.ts'
import { NOTE_OPEN } from './open-rings.ts'

/** How many failed attempts a device's record keeps. A busy provider may be asked some dozens of times in 30 s. */
const FAILED_KEPT = 12

/**
 * Lua functions: Redis's clock, and one that adds a failed attempt to a device's record. An attempt with a number of its own is
 * listed once: it may have been left open before, or its failure is written again because Redis's answer was lost.
 */
const DEVICE_RECORD = `
-- Redis's clock, epoch ms.
local function redisTime()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function remember(device, attempt, hasOwnNumber)
  device.failed = device.failed or {}
  for _, known in ipairs(hasOwnNumber and device.failed or {}) do
    if known.attempt == attempt.attempt then
      for name, value in pairs(attempt) do known[name] = known[name] or value end
      return
    end
  end
  table.insert(device.failed, attempt)
  if #device.failed > ${FAILED_KEPT} then table.remove(device.failed, 1) end
end
`

/**
 * Opens an attempt on one device, if the ring is not over and the device still belongs to the recipient and rings. The
 * attempt is recorded before the push leaves, so that a worker's death between the two can be seen afterwards.
 *
 * KEYS ring, device
 * ARGV device id, now by Redis's clock (ms), the number of the attempt that the caller opened last, or 0, how long another
 *      attempt is left alone (ms), 1 if a push left since that attempt was opened, else ''
 * Returns { 'go', event, received at, attempt, 1 if an earlier attempt was left open }
 *      or { 'ended' | 'answered' | 'expired' | 'moved' | 'setAside', the device's outcome so far }
 *      or { 'settled', the device's outcome, number of its attempts, state, end action or '', what answered or '' }. The last
 *      two are '' if the ring was superseded.
 *      or { 'busy', when the open attempt began (ms) }
 *      or { 'unknown' }.
 */
export const BEGIN_ATTEMPT = script(`
${DEVICE_RECORD}
local field = 'device:' .. ARGV[1]
-- The command may have waited while Redis was away.
local now = math.max(tonumber(ARGV[2]), redisTime())
local stored = redis.call('HMGET', KEYS[1], 'state', 'deadline', 'event', 'receivedAt', field, 'recipient', 'endAction',
  'answeredOn', 'superseded')
if not stored[1] then return { 'unknown' } end
local isJson, device = pcall(cjson.decode, stored[5])
if not isJson or type(device) ~= 'table' then return { 'unknown' } end
local open = { queued = true, sending = true, retryable = true }
if not open[device.outcome] then
  local action, answeredOn = stored[7] or '', stored[8] or ''
  if stored[9] then action, answeredOn = '', '' end
  return { 'settled', device.outcome, device.attempt or 0, stored[1], action, answeredOn }
end
if stored[1] ~= 'ringing' then return { stored[1], device.outcome } end
if now >= tonumber(stored[2]) then
  redis.call('HSET', KEYS[1], 'state', 'expired')
  return { 'expired', device.outcome }
end
local owner = redis.call('HMGET', KEYS[2], 'uid', 'kind', 'setAsideAt')
if owner[1] ~= stored[6] or owner[2] == 'alert' then return { 'moved', device.outcome } end
if owner[3] then return { 'setAside', device.outcome } end
local leftOpen = device.outcome == 'sending' and 1 or 0
local isOwn = leftOpen == 1 and device.attempt == tonumber(ARGV[3])
-- Another worker, or another job of this one, may be sending this push at this moment.
if leftOpen == 1 and not isOwn and math.abs(now - (tonumber(device.sentAt) or 0)) < tonumber(ARGV[4]) then
  return { 'busy', device.sentAt }
end
-- Nothing has left for it, so this is still the same attempt.
if isOwn and ARGV[5] == '' then
  leftOpen = 0
  device.attempt = device.attempt - 1
end
-- Its outcome was never written: the provider may not have answered, or its worker died.
if leftOpen == 1 then remember(device, { attempt = device.attempt, sentAt = device.sentAt }, true) end
device.outcome = 'sending'
device.attempt = (device.attempt or 0) + 1
device.sentAt = now
redis.call('HSET', KEYS[1], field, cjson.encode(device))
return { 'go', stored[3], stored[4], device.attempt, leftOpen }
`)

/** No two attempts on a phone begin within this time, unless the first one is known to have failed. */
export const LEFT_ALONE_MS = 1_000

/** What BEGIN_ATTEMPT returns. */
export type BeginAnswer =
  | ['go', event: string, receivedAt: string, attempt: number, leftOpen: number]
  | ['answered' | 'ended' | 'expired' | 'moved' | 'setAside', before: string]
  | ['settled', before: string, attempts: number, ...RingAnswer]
  | ['busy', sentAt: number]
  | ['unknown']

/** A ring's state, end action or '', and what answered or ''. */
export type RingAnswer = [state: string, action: string, answeredOn: string]

/** What RECORD_DEVICE returns. */
export type RecordAnswer =
  | []
  | RingAnswer
  | [...RingAnswer, recipient: string, receivedAt: string, device: string, endedAt: string]

/**
 * Parses what BEGIN_ATTEMPT returned.
 *
 * @param readEvent parses the event, or returns undefined if it cannot be read; then the ring counts as unknown
 */
export function parseAttempt(
  answer: BeginAnswer,
  readEvent: (event: string) => RingEvent | undefined,
): Attempt {
  switch (answer[0]) {
    case 'go': {
      const [verdict, stored, receivedAt, attempt, leftOpen] = answer
      const event = readEvent(stored)
      if (!event) return { verdict: 'unknown' }
      return { verdict, event, receivedAt: Number(receivedAt), attempt, leftOpen: leftOpen === 1 }
    }
    case 'settled': {
      const [verdict, before, attempt, ...ring] = answer
      const outcome = deviceOutcome.safeParse(before).data
      return outcome
        ? { verdict, device: { outcome, attempt }, ring: parseRing(ring) }
        : { verdict: 'unknown' }
    }
    case 'busy':
      return { verdict: answer[0], until: answer[1] + LEFT_ALONE_MS }
    case 'unknown':
      return { verdict: answer[0] }
    default:
      return { verdict: answer[0], before: deviceOutcome.parse(answer[1]) }
  }
}

/** Parses what the scripts return of a ring after a device's outcome is known. */
export const parseRing = ([state, action, answeredOn]: RingAnswer): SettledRing => ({
  state: ringState.parse(state),
  endAction: endAction.safeParse(action).data,
  answeredOn: answeredOn || undefined,
})

/**
 * Writes the outcome of a device that the ring has on record. For any other device nothing is written: half a record would
 * be worse than none.
 *
 * KEYS ring, open rings
 * ARGV device id, JSON of the fields to set; null removes a field, ring id
 * Returns { state, end action or '', what answered or '' }. The last two are '' if the ring was superseded. If this write settled
 *      the device, { recipient, received at, the device's record, ended at or '' } follow.
 *      Returns {} if the ring is no longer on record.
 */
export const RECORD_DEVICE = script(`
${DEVICE_RECORD}
${NOTE_OPEN}
local field = 'device:' .. ARGV[1]
local stored = redis.call('HMGET', KEYS[1], 'state', 'endAction', 'answeredOn', 'superseded', field, 'recipient', 'receivedAt',
  'endedAt', 'appId', 'deadline')
if not stored[1] then return {} end
local ring = { stored[1], stored[2] or '', stored[3] or '' }
-- The phone is ringing for the later announcement, so it must not be told to stop.
if stored[4] then ring = { stored[1], '', '' } end
local isJson, device = pcall(cjson.decode, stored[5])
if isJson and type(device) == 'table' then
  local fields = cjson.decode(ARGV[2])
  local unsent, cause = fields.unsent, fields.cause
  fields.unsent, fields.cause = nil, nil
  -- The failure of a worker that was frozen does not overwrite what another worker settled meanwhile.
  local open = { queued = true, sending = true, retryable = true }
  if unsent then
    -- The claim opened this attempt before it was known whether its push can leave.
    if fields.attempt == device.attempt and device.outcome == 'sending' then
      device.outcome, device.attempt, device.sentAt = 'queued', device.attempt - 1, nil
    end
    fields.attempt = nil
  end
  -- After another attempt failed, or none could be opened, the latest one may still be under way.
  local isOutdated = fields.outcome == 'retryable' and fields.attempt ~= device.attempt
    and (fields.attempt or device.outcome == 'sending')
  local wasOpen = open[device.outcome]
  local endsUnsent = unsent and wasOpen and (fields.outcome == 'rejected' or fields.outcome == 'expired')
  -- The worker of an attempt that is still under way died. Its outcome is not that of this push.
  if endsUnsent and device.outcome == 'sending' then remember(device, { attempt = device.attempt, sentAt = device.sentAt }, true) end
  if fields.outcome == 'retryable' or endsUnsent then
    local isLatest = fields.attempt == device.attempt
    remember(device, { attempt = fields.attempt or device.attempt or 0, sentAt = isLatest and device.sentAt or nil,
      failedAt = redisTime(), status = fields.status, reason = fields.reason, cause = cause }, fields.attempt)
  end
  local applies = wasOpen and not isOutdated or fields.outcome == 'accepted'
  if applies then
    -- What an earlier attempt was refused for is in the list of those that failed.
    if fields.outcome == 'accepted' then device.reason, device.why = nil, nil end
    for name, value in pairs(fields) do
      if value == cjson.null then value = nil end
      device[name] = value
    end
  end
  if applies or fields.outcome == 'retryable' then
    local encoded = cjson.encode(device)
    redis.call('HSET', KEYS[1], field, encoded)
    if open[device.outcome] then noteOpen(KEYS[2], stored[9], ARGV[3], stored[10]) end
    if wasOpen and not open[device.outcome] then
      for _, value in ipairs({ stored[6] or '', stored[7] or '', encoded, stored[8] or '' }) do table.insert(ring, value) end
    end
  end
end
return ring
`)
