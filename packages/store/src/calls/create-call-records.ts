import { normalUid, ringEvent } from '@ringer/payloads'
import { z } from 'zod'
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
import { type BudgetName, chargesOf, reasonOf, refusedCall, toArgument } from './budgets.ts'
import { type RingRecord, readRingRecord, storedDevice, why as whyOf } from './call-record.ts'
import type { CallRecords } from './call-records.ts'
import { createClaim } from './claim-ring.ts'
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
import { ADD_TO_INDEXES } from './scripts/indexes.ts'

const storedEvent = z.object({ event: json.pipe(ringEvent) })
const storedEnd = z.object({
  end: json
    .pipe(z.tuple([z.object({ action: z.string(), at: z.number() })]).rest(z.unknown()))
    .transform(([newest]) => newest),
})
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
        return isAbsent(hash) ? undefined : readRingRecord(id, hash, readRecord)
      }),
    )
    return rings.filter(ring => ring !== undefined)
  }

  const readStoredEvent = (id: string, event: string) =>
    readRecord(storedEvent, { event }, { kind: 'ring', ringId: id })?.event

  const changes = createRingChanges(redis, keys, keptMs)

  return {
    claim: createClaim(redis, keys, { readRecord, keptMs }),

    async admit(appId, event, receivedAt, budgets) {
      const { perCall, decision } = chargesOf(keys, { appId, event, receivedAt }, budgets)
      if (!budgets || perCall.length === 0) return undefined
      const usedUp = (await runScript(
        redis,
        ADMIT,
        [keys.call(appId, event.sessionId), decision, ...perCall.map(({ key }) => key)],
        [JSON.stringify(toArgument(perCall)), keptMs, 'the group was not rung: ', event.caller.uid],
      )) as BudgetName | ''
      return usedUp === '' ? undefined : { budget: usedUp, reason: reasonOf(usedUp, budgets[usedUp]) }
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
