import { ringEvent, ringId } from '@ringer/payloads'
import { z } from 'zod'
import { type Device, readDevice } from '../devices/device.ts'
import { DUPLICATE_WINDOW_MS, TIMELESS_WINDOW_MS } from '../queues/create-call-queue.ts'
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
import { type BudgetName, COUNTER_TTL_MS, chargesOf, reasonOf, toArgument } from './budgets.ts'
import { type RingRecord, readRing, ringState } from './call-record.ts'
import type { CallRecords, Offers } from './call-records.ts'
import { createRingChanges, RECORD_TTL_MS, recipientId } from './create-ring-changes.ts'
import {
  BEGIN_ATTEMPT,
  type BeginAnswer,
  LEFT_ALONE_MS,
  parseAttempt,
  parseRing,
  RECORD_DEVICE,
  type RingAnswer,
} from './scripts/attempts.ts'
import { ADMIT } from './scripts/budgets.ts'
import { CLAIM } from './scripts/claim.ts'

/** What CLAIM returns. */
type ClaimAnswer = [
  claim: 'claimed' | 'duplicate',
  state: string,
  phones: number,
  opened: [deviceId: string, hash?: string[]][],
  queued: [deviceId: string, platform: string, isProven: string][],
  usedUp: BudgetName | '',
]

const NO_OFFERS: Offers = { platforms: {}, otherwise: 'no provider is configured' }

const storedEvent = z.object({ event: json.pipe(ringEvent) })
const storedEnd = z.object({ end: json.pipe(z.object({ action: z.string(), at: z.number() })) })

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

  const changes = createRingChanges(redis, keys, keptMs)

  return {
    async admit(appId, event, receivedAt, budgets) {
      const { perCall, decision } = chargesOf(keys, { appId, event, receivedAt }, budgets)
      if (!budgets || perCall.length === 0) return undefined
      const usedUp = (await runScript(
        redis,
        ADMIT,
        [keys.call(appId, event.sessionId), decision, ...perCall.map(({ key }) => key)],
        [JSON.stringify(toArgument(perCall)), COUNTER_TTL_MS, RECORD_TTL_MS, 'the group was not rung: '],
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
          ...perRing.map(({ key }) => key),
          decision,
          ...perCall.map(({ key }) => key),
        ],
        [
          ...[job, id, recipient, sessionId, receivedAt, dequeuedAt, deadline, JSON.stringify(event)],
          // Another feed may have brought the same call with a time, so that the queue forgot it earlier.
          ...[
            event.sentAt === undefined ? Math.min(TIMELESS_WINDOW_MS, keptMs) : DUPLICATE_WINDOW_MS,
            keptMs,
          ],
          event.sentAt ?? receivedAt,
          isAnnounced ? '1' : '',
          ...[keys.device(''), JSON.stringify(offers)],
          `no phone of ${recipient} is registered for rings`,
          ...[JSON.stringify(toArgument(perRing)), JSON.stringify(toArgument(perCall)), COUNTER_TTL_MS],
        ],
      )
      const [claim, state, phones, rows, queued, usedUp] = answer as ClaimAnswer
      const opened: Device[] = []
      const unreadable: string[] = []
      for (const [deviceId, hash] of rows) {
        const read = readDevice(readRecord, deviceId, hash ? toHash(hash) : null)
        if (read) opened.push(read)
        else unreadable.push(deviceId)
      }
      return {
        ...{ claim, state: ringState.parse(state), ringId: id, phones, opened, unreadable },
        queued: queued.map(([deviceId, platform, isProven]) => ({
          deviceId,
          platform,
          isProven: isProven === '1',
        })),
        ...(budgets &&
          usedUp !== '' && { refusal: { budget: usedUp, reason: reasonOf(usedUp, budgets[usedUp]) } }),
      }
    },

    async beginAttempt(id, deviceId, now, own = 0) {
      const answer = await runScript(
        redis,
        BEGIN_ATTEMPT,
        [keys.ring(id), keys.device(deviceId)],
        [deviceId, now, own, LEFT_ALONE_MS],
      )
      return parseAttempt(answer as BeginAnswer, event => readStoredEvent(id, event))
    },

    async recordDevice(id, deviceId, fields) {
      const answer = await runScript(
        redis,
        RECORD_DEVICE,
        [keys.ring(id)],
        [deviceId, JSON.stringify(fields)],
      )
      const ring = answer as RingAnswer | []
      return ring.length > 0 ? parseRing(ring as RingAnswer) : undefined
    },

    end: async (job, appId, event, at) => readRings(await changes.end(job, appId, event, at)),

    answer: async (job, appId, event, at) => readRings(await changes.answer(job, appId, event, at)),

    async setCallNote(appId, sessionId, note) {
      const call = keys.call(appId, sessionId)
      await redis.multi().hset(call, 'note', note).pexpire(call, keptMs).exec()
    },

    async readEvent(id) {
      const [event, receivedAt] = await redis.hmget(keys.ring(id), 'event', 'receivedAt')
      const parsed = event ? readStoredEvent(id, event) : undefined
      return parsed && { event: parsed, receivedAt: Number(receivedAt) }
    },

    async read(appId, sessionId) {
      const call = keys.call(appId, sessionId)
      const [isKnown, [end, note], recipients] = await Promise.all([
        redis.exists(call),
        redis.hmget(call, 'end', 'note'),
        redis.zrange(keys.recipients(appId, sessionId), '0', '-1'),
      ])
      const recipientIds = recipients.map(recipient => recipientId(appId, sessionId, recipient))
      const announced = await Promise.all(recipientIds.map(id => redis.zrange(keys.announced(id), '0', '-1')))
      const rings = await readRings([...recipientIds, ...announced.flat()])
      if (!isKnown && rings.length === 0) return undefined
      const marker = end ? readRecord(storedEnd, { end }, { kind: 'call', sessionId }) : undefined
      return {
        appId,
        sessionId,
        ...marker,
        ...(note && { note }),
        rings,
      }
    },
  }
}
