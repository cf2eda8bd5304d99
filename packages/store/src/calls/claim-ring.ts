import { endAction, ringId } from '@ringer/payloads'
import { z } from 'zod'
import { type Device, readDevice } from '../devices/device.ts'
import { DUPLICATE_WINDOW_MS, TIMELESS_WINDOW_MS } from '../queues/create-call-queue.ts'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { json, type ReadRecord } from '../redis/record-reader.ts'
import { runScript } from '../redis/run-script.ts'
import { type BudgetName, chargesOf, reasonOf, toArgument } from './budgets.ts'
import { ringState, why as whyOf } from './call-record.ts'
import type { CallRecords, Claim, Offers } from './call-records.ts'
import { recipientId } from './create-ring-changes.ts'
import { CLAIM } from './scripts/claim.ts'

/** On which terms CLAIM claims a ring. Instants are epoch ms, durations ms. */
interface ClaimTerms {
  receivedAt: number
  dequeuedAt: number
  deadline: number
  /** When the call began, by the sender's clock. */
  calledAt: number
  /** How long another claim of the ring counts as a duplicate. */
  window: number
  /** How long the record is kept. */
  ttl: number
  offers: Offers
  /** The charges for the ring and for the call. A list without entries is left out. */
  perRing?: ReturnType<typeof toArgument>
  perCall?: ReturnType<typeof toArgument>
}

/** What CLAIM returns, as JSON. A list without entries is left out. */
interface ClaimAnswer {
  claim: 'claimed' | 'duplicate'
  state: string
  /** How many phones the recipient has. */
  phones: number
  /** The phones on which an attempt was opened. A device that is not a hash has none here. */
  opened?: { deviceId: string; hash?: Record<string, string> }[]
  /** `isProven`: true also if nobody knows. */
  queued?: { deviceId: string; platform: string; isProven: boolean }[]
  /** The phones that this claim skipped. */
  skipped?: { deviceId: string; platform: string; why: string; reason: string }[]
  usedUp?: BudgetName
  /** Left out if it is 1. */
  number?: number
  /** Set if the ring had not been claimed before. */
  isFirst?: true
  /** Why there is no phone to ring. */
  why?: string
  /** The marker (JSON) of an end that must be applied to the session's other rings as well. */
  endsOthers?: string
}

const NO_OFFERS: Offers = {
  platforms: {},
  otherwise: { why: 'provider-not-configured', skip: 'no provider is configured' },
}

const storedMarker = json.pipe(
  z.object({
    action: endAction,
    at: z.number(),
    covers: z.number(),
    by: z.object({ occupants: z.array(z.string()) }),
  }),
)
/** Rebuilds an end from the marker that it left. */
function readEnd(sessionId: string, marker: string): Pick<Claim, 'endsOthers'> {
  const read = storedMarker.safeParse(marker).data
  if (!read) return {}
  const { action, at, covers, by } = read
  const event = { kind: 'end', action, sessionId, occupants: by.occupants, sentAt: covers + 1 } as const
  return { endsOthers: { event, at } }
}

/** @param options.keptMs how long the record of a ring is kept, ms */
export function createClaim(
  redis: RedisClient,
  keys: Keys,
  { readRecord, keptMs }: { readRecord: ReadRecord; keptMs: number },
): CallRecords['claim'] {
  return async (job, { appId, event, receivedAt, dequeuedAt, deadline }, offers = NO_OFFERS, budgets) => {
    const { perRing, perCall, decision } = chargesOf(keys, { appId, event, receivedAt }, budgets)
    const id = ringId(appId, event)
    const { sessionId, recipient } = event
    // Equal to the ring's own id, unless a message announced the ring.
    const isAnnounced = event.announcedBy !== undefined
    const idOfRecipient = isAnnounced ? recipientId(appId, sessionId, recipient) : id
    const terms: ClaimTerms = {
      ...{ receivedAt, dequeuedAt, deadline, calledAt: event.sentAt ?? receivedAt, ttl: keptMs, offers },
      // Another feed may have brought the same call with a time, so that the queue forgot it earlier.
      window: event.sentAt === undefined ? Math.min(TIMELESS_WINDOW_MS, keptMs) : DUPLICATE_WINDOW_MS,
      ...(perRing.length > 0 && { perRing: toArgument(perRing) }),
      ...(perCall.length > 0 && { perCall: toArgument(perCall) }),
    }
    const answer = await runScript(
      redis,
      CLAIM,
      [
        keys.call(appId, sessionId),
        keys.recipients(appId, sessionId),
        keys.conversation(appId, event.conversationId),
        keys.ring(id),
        keys.announced(idOfRecipient),
        keys.markers(idOfRecipient),
        keys.user(appId, recipient),
        keys.callsOf(appId, recipient),
        keys.newest(appId),
        keys.openRings(),
        ...perRing.map(({ key }) => key),
        ...(perCall.length > 0 ? [decision, ...perCall.map(({ key }) => key)] : []),
      ],
      [
        ...[job, recipient, sessionId, JSON.stringify(event), event.announcedBy ?? ''],
        ...[keys.device(''), appId, JSON.stringify(terms)],
      ],
    )
    const claimed: ClaimAnswer = JSON.parse(answer as string)
    const { claim, state, phones, queued = [], skipped = [], usedUp, number = 1, why, endsOthers } = claimed
    const opened: Device[] = []
    const unreadable: string[] = []
    for (const { deviceId, hash = null } of claimed.opened ?? []) {
      const read = readDevice(readRecord, deviceId, hash)
      if (read) opened.push(read)
      else unreadable.push(deviceId)
    }
    return {
      ...{ claim, state: ringState.parse(state), ringId: id, phones, opened, unreadable, queued },
      number,
      isFirst: claimed.isFirst ?? false,
      skipped: skipped.map(({ why, ...phone }) => ({ ...phone, why: whyOf.parse(why) })),
      ...(why && { why: whyOf.parse(why) }),
      ...(endsOthers && readEnd(sessionId, endsOthers)),
      ...(budgets && usedUp && { refusal: { budget: usedUp, reason: reasonOf(usedUp, budgets[usedUp]) } }),
    }
  }
}
