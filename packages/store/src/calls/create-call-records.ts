import { endAction, normalUid, ringEvent, ringId } from '@ringer/payloads'
import { z } from 'zod'
import { type Device, readDevice } from '../devices/device.ts'
import { DUPLICATE_WINDOW_MS, TIMELESS_WINDOW_MS } from '../queues/create-call-queue.ts'
import { findWaitingCalls } from '../queues/find-waiting-calls.ts'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import {
  createRecordReader,
  isAbsent,
  json,
  readHash,
  toHash,
  type UnreadableRecord,
} from '../redis/record-reader.ts'
import { runScript } from '../redis/run-script.ts'
import { type BudgetName, COUNTER_TTL_MS, chargesOf, reasonOf, refusedCall, toArgument } from './budgets.ts'
import { type RingRecord, readRing, ringState, storedDevice, why as whyOf } from './call-record.ts'
import type { CallRecords, Claim, Offers } from './call-records.ts'
import { createRingChanges, RECORD_TTL_MS, recipientId } from './create-ring-changes.ts'
import { readWebhooks } from './create-webhook-log.ts'
import {
  BEGIN_ATTEMPT,
  type BeginAnswer,
  LEFT_ALONE_MS,
  parseAttempt,
  parseRing,
  RECORD_DEVICE,
  type RecordAnswer,
} from './scripts/attempts.ts'
import { ADMIT } from './scripts/budgets.ts'
import { CLAIM } from './scripts/claim.ts'
import { ADD_TO_INDEXES } from './scripts/indexes.ts'

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
  /** The charges for the ring and for the call, and how long their counters live. */
  perRing: ReturnType<typeof toArgument>
  perCall: ReturnType<typeof toArgument>
  counterTtl: number
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
  /** Set if the ring had not been claimed before. */
  isFirst?: true
  /** Why there is no phone to ring. */
  why?: string
  /** The marker (JSON) of an end that the session's other rings have to be told of. */
  endsOthers?: string
}

const NO_OFFERS: Offers = {
  platforms: {},
  otherwise: { why: 'provider-not-configured', skip: 'no provider is configured' },
}

const storedEvent = z.object({ event: json.pipe(ringEvent) })
const storedEnd = z.object({
  end: json
    .pipe(z.tuple([z.object({ action: z.string(), at: z.number() })]).rest(z.unknown()))
    .transform(([newest]) => newest),
})
const storedMarker = json.pipe(
  z.object({
    action: endAction,
    at: z.number(),
    covers: z.number(),
    by: z.object({ occupants: z.array(z.string()) }),
  }),
)
const storedAnswer = z.object({ answer: json.pipe(z.object({ at: z.number() })) })
const storedRefusal = z.object({ refusal: json.pipe(refusedCall) })
/** A member of the indexes of calls. */
const storedCall = json.pipe(z.tuple([z.string()]).rest(z.string()))

/**
 * @param options.onUnreadable called for each record that is skipped because it cannot be read
 * @param options.keptMs how long the record of a call is kept, ms. Default: a day
 */
export function createCallRecords(
  redis: RedisClient,
  keys: Keys,
  {
    onUnreadable = () => {},
    keptMs = RECORD_TTL_MS,
  }: { onUnreadable?: (record: UnreadableRecord) => void; keptMs?: number } = {},
): CallRecords {
  const readRecord = createRecordReader(onUnreadable)

  const readRings = async (ids: string[]): Promise<RingRecord[]> => {
    const rings = await Promise.all(
      ids.map(async id => {
        const hash = await readHash(redis, keys.ring(id))
        return isAbsent(hash) ? undefined : readRing(id, hash, readRecord)
      }),
    )
    return rings.filter(ring => ring !== undefined)
  }

  const readStoredEvent = (id: string, event: string) =>
    readRecord(storedEvent, { event }, { kind: 'ring', ringId: id })?.event

  /** Rebuilds an end from the marker that it left. */
  const readEnd = (sessionId: string, marker: string): Pick<Claim, 'endsOthers'> => {
    const read = storedMarker.safeParse(marker).data
    if (!read) return {}
    const { action, at, covers, by } = read
    const event = { kind: 'end', action, sessionId, occupants: by.occupants, sentAt: covers + 1 } as const
    return { endsOthers: { event, at } }
  }

  const changes = createRingChanges(redis, keys, keptMs)

  return {
    async admit(appId, event, receivedAt, budgets) {
      const { perCall, decision } = chargesOf(keys, { appId, event, receivedAt }, budgets)
      if (!budgets || perCall.length === 0) return undefined
      const usedUp = (await runScript(
        redis,
        ADMIT,
        [keys.call(appId, event.sessionId), decision, ...perCall.map(({ key }) => key)],
        [
          ...[JSON.stringify(toArgument(perCall)), COUNTER_TTL_MS, RECORD_TTL_MS, 'the group was not rung: '],
          event.caller.uid,
        ],
      )) as BudgetName | ''
      return usedUp === '' ? undefined : { budget: usedUp, reason: reasonOf(usedUp, budgets[usedUp]) }
    },

    async claim(job, { appId, event, receivedAt, dequeuedAt, deadline }, offers = NO_OFFERS, budgets) {
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
        ...{ perRing: toArgument(perRing), perCall: toArgument(perCall), counterTtl: COUNTER_TTL_MS },
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
          ...[job, id, recipient, sessionId, JSON.stringify(event), event.announcedBy ?? ''],
          ...[keys.device(''), appId, JSON.stringify(terms)],
        ],
      )
      const claimed: ClaimAnswer = JSON.parse(answer as string)
      const { claim, state, phones, queued = [], skipped = [], usedUp, why, endsOthers } = claimed
      const opened: Device[] = []
      const unreadable: string[] = []
      for (const { deviceId, hash = null } of claimed.opened ?? []) {
        const read = readDevice(readRecord, deviceId, hash)
        if (read) opened.push(read)
        else unreadable.push(deviceId)
      }
      return {
        ...{ claim, state: ringState.parse(state), ringId: id, phones, opened, unreadable, queued },
        isFirst: claimed.isFirst ?? false,
        skipped: skipped.map(({ why, ...phone }) => ({ ...phone, why: whyOf.parse(why) })),
        ...(why && { why: whyOf.parse(why) }),
        ...(endsOthers && readEnd(sessionId, endsOthers)),
        ...(budgets && usedUp && { refusal: { budget: usedUp, reason: reasonOf(usedUp, budgets[usedUp]) } }),
      }
    },

    async beginAttempt(id, deviceId, now, own = { attempt: 0, hasLeft: true }) {
      const answer = await runScript(
        redis,
        BEGIN_ATTEMPT,
        [keys.ring(id), keys.device(deviceId)],
        [deviceId, now, own.attempt, LEFT_ALONE_MS, own.hasLeft ? '1' : ''],
      )
      return parseAttempt(answer as BeginAnswer, event => readStoredEvent(id, event))
    },

    async recordDevice(id, deviceId, fields) {
      const answer = await runScript(
        redis,
        RECORD_DEVICE,
        [keys.ring(id), keys.openRings()],
        [deviceId, JSON.stringify(fields), id],
      )
      const [state, action = '', answeredOn = '', recipient, receivedAt, device, endedAt] =
        answer as Partial<RecordAnswer>
      if (state === undefined) return undefined
      const ring = parseRing([state, action, answeredOn])
      if (recipient === undefined || device === undefined) return ring
      const read = readRecord(storedDevice, device, { kind: 'ring', ringId: id, deviceId })
      return {
        ...ring,
        ...(read && {
          settled: {
            ...{ recipient, receivedAt: Number(receivedAt), device: read },
            ...(endedAt && { endedAt: Number(endedAt) }),
          },
        }),
      }
    },

    end: async (job, appId, event, at) => readRings(await changes.end(job, appId, event, at)),

    answer: async (job, appId, event, at) => readRings(await changes.answer(job, appId, event, at)),

    async setCallNote(appId, sessionId, why, note) {
      const call = keys.call(appId, sessionId)
      await redis.multi().hset(call, 'why', why, 'note', note).pexpire(call, keptMs).exec()
    },

    async listUnrung(appId, sessionId, uids, at) {
      const lists = new Set(uids.map(uid => keys.callsOf(appId, normalUid(uid))))
      await runScript(redis, ADD_TO_INDEXES, [keys.newest(appId), ...lists], [sessionId, at, keptMs])
    },

    async readEvent(id) {
      const [event, receivedAt] = await redis.hmget(keys.ring(id), 'event', 'receivedAt')
      const parsed = event ? readStoredEvent(id, event) : undefined
      return parsed && { event: parsed, receivedAt: Number(receivedAt) }
    },

    readRing: async id => (await readRings([id]))[0],

    async read(appId, sessionId) {
      const call = keys.call(appId, sessionId)
      const [isKnown, [end, answer, why, note, refusal], recipients, webhooks] = await Promise.all([
        redis.exists(call),
        redis.hmget(call, 'end', 'answer', 'why', 'note', 'refusal'),
        redis.zrange(keys.recipients(appId, sessionId), '0', '-1'),
        readWebhooks(redis, keys, appId, sessionId),
      ])
      const recipientIds = recipients.map(recipient => recipientId(appId, sessionId, recipient))
      const announced = await Promise.all(recipientIds.map(id => redis.zrange(keys.announced(id), '0', '-1')))
      const rings = await readRings([...recipientIds, ...announced.flat()])
      if (!isKnown && rings.length === 0 && webhooks.length === 0) return undefined
      const name = { kind: 'call', sessionId } as const
      return {
        appId,
        sessionId,
        ...(end && readRecord(storedEnd, { end }, name)),
        ...(answer && readRecord(storedAnswer, { answer }, name)),
        ...(why && { why: whyOf.parse(why) }),
        ...(note && { note }),
        ...(refusal && readRecord(storedRefusal, { refusal }, name)),
        rings,
        ...(webhooks.length > 0 && { webhooks }),
      }
    },

    async list(appId, { uid, since, limit }) {
      const key = uid === undefined ? keys.newest(appId) : keys.callsOf(appId, normalUid(uid))
      const rows = await redis.zrange(
        ...([
          key,
          '+inf',
          String(since ?? '-inf'),
          'BYSCORE',
          'REV',
          'LIMIT',
          0,
          limit,
          'WITHSCORES',
        ] as const),
      )
      return Object.entries(toHash(rows)).flatMap(([member, receivedAt]) => {
        const { data } = storedCall.safeParse(member)
        if (!data) return []
        const [sessionId, announcedBy] = data
        return [
          {
            appId,
            sessionId,
            receivedAt: Number(receivedAt),
            ...(announcedBy !== undefined && { announcedBy }),
          },
        ]
      })
    },

    findWaiting: selector => findWaitingCalls(redis, keys.prefix, selector),
  }
}
