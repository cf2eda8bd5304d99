import { type AnswerEvent, type EndEvent, endAction, ringEvent, ringId } from '@ringer/payloads'
import { DUPLICATE_WINDOW_MS } from '../queues/create-call-queue.ts'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { type CallRecord, type RingRecord, ringState } from './call-record.ts'
import type { CallRecords } from './call-records.ts'
import { BEGIN_ATTEMPT, RECORD_DEVICE } from './scripts/attempts.ts'
import { CLAIM } from './scripts/claim.ts'
import { ANSWER, END, FIND_SESSION } from './scripts/ends-and-answers.ts'
import { type BeginAnswer, toAttempt } from './to-attempt.ts'
import { toDevices, toRingRecord } from './to-ring-record.ts'

/** How long a call can be looked into afterwards. */
const RECORD_TTL_MS = 24 * 3_600_000

/** Most webhooks tell the time in whole seconds, rounded down, and others of the same call in milliseconds. */
const CLOCK_STEP_MS = 999

export function createCallRecords(redis: RedisClient, keys: Keys): CallRecords {
  const readRing = async (id: string): Promise<RingRecord | undefined> => {
    const hash = await redis.hgetall(keys.ring(id))
    return hash.state === undefined ? undefined : toRingRecord(id, hash)
  }

  const readRings = async (ids: string[]): Promise<RingRecord[]> => {
    const rings = await Promise.all(ids.map(readRing))
    return rings.filter(ring => ring !== undefined)
  }

  const findSession = async (appId: string, event: EndEvent, at: number) => {
    const { action, conversationId } = event
    if (!conversationId) return undefined
    const key = keys.conversation(appId, conversationId)
    const found = await redis.eval(FIND_SESSION, 1, key, action, at, covers(event, at), DUPLICATE_WINDOW_MS)
    return found as string | null
  }

  return {
    async claim(job, { appId, event, receivedAt, dequeuedAt, deadline }) {
      const id = ringId(appId, event)
      const answer = await redis.eval(
        CLAIM,
        3,
        keys.ring(id),
        keys.call(appId, event.sessionId),
        keys.conversation(appId, event.conversationId),
        ...[
          job,
          id,
          event.recipient,
          event.sessionId,
          receivedAt,
          dequeuedAt,
          deadline,
          JSON.stringify(event),
        ],
        ...[DUPLICATE_WINDOW_MS, RECORD_TTL_MS, event.sentAt ?? receivedAt],
        event.announcedBy === undefined ? '' : '1',
      )
      const [claim, state] = answer as ['claimed' | 'duplicate', string]
      return { claim, state: ringState.parse(state), ringId: id }
    },

    async addDevices(id, devices) {
      const pipeline = redis.pipeline()
      for (const [deviceId, record] of devices) {
        pipeline.hsetnx(keys.ring(id), `device:${deviceId}`, JSON.stringify(record))
      }
      const answers = await pipeline.hgetall(keys.ring(id)).exec()
      const refused = answers?.find(([error]) => error)
      if (refused) throw refused[0]
      const hash = answers?.at(-1)?.[1] as Record<string, string>
      return toDevices(hash).filter(({ outcome }) => outcome === 'queued')
    },

    async beginAttempt(id, deviceId, now) {
      const answer = await redis.eval(BEGIN_ATTEMPT, 1, keys.ring(id), deviceId, now)
      return toAttempt(answer as BeginAnswer)
    },

    async recordDevice(id, deviceId, fields) {
      const answer = await redis.eval(RECORD_DEVICE, 1, keys.ring(id), deviceId, JSON.stringify(fields))
      const [state, action, answeredOn] = answer as [string?, string?, string?]
      if (state === undefined) return undefined
      return {
        state: ringState.parse(state),
        endAction: endAction.safeParse(action).data,
        answeredOn: answeredOn || undefined,
      }
    },

    async end(job, appId, event, at) {
      const sessionId = event.sessionId ?? (await findSession(appId, event, at))
      if (!sessionId) return []
      const ids = await redis.eval(
        END,
        1,
        keys.call(appId, sessionId),
        ...[
          keys.ring(''),
          event.action,
          at,
          job,
          event.recipient ?? '',
          RECORD_TTL_MS,
          covers(event, at),
          DUPLICATE_WINDOW_MS,
        ],
      )
      return readRings(ids as string[])
    },

    async answer(job, appId, event, at) {
      const answeredOn = event.deviceId ?? event.platform ?? ''
      const ids = await redis.eval(
        ANSWER,
        1,
        keys.call(appId, event.sessionId),
        ...[
          keys.ring(''),
          event.uid ?? '',
          at,
          RECORD_TTL_MS,
          job,
          covers(event, at),
          answeredOn,
          DUPLICATE_WINDOW_MS,
        ],
      )
      return readRings(ids as string[])
    },

    async note(appId, sessionId, note) {
      const call = keys.call(appId, sessionId)
      await redis.multi().hset(call, 'note', note).pexpire(call, RECORD_TTL_MS).exec()
    },

    async noteRing(id, note) {
      await redis.hset(keys.ring(id), 'note', note)
    },

    async readEvent(id) {
      const [event, receivedAt] = await redis.hmget(keys.ring(id), 'event', 'receivedAt')
      if (!event) return undefined
      return { event: ringEvent.parse(JSON.parse(event)), receivedAt: Number(receivedAt) }
    },

    async read(appId, sessionId) {
      const call = await redis.hgetall(keys.call(appId, sessionId))
      if (Object.keys(call).length === 0) return undefined
      const ringIds = Object.keys(call).flatMap(field => (field.startsWith('ring:') ? [field.slice(5)] : []))
      const rings = await readRings(ringIds)
      return {
        appId,
        sessionId,
        ...(call.end !== undefined && { end: toEnd(call.end) }),
        ...(call.note !== undefined && { note: call.note }),
        rings,
      }
    },
  }
}

/** The last instant, by the sender's clock, at which a call can have begun that this event is about. */
const covers = ({ sentAt }: EndEvent | AnswerEvent, at: number) => (sentAt ?? at) + CLOCK_STEP_MS

function toEnd(marker: string): CallRecord['end'] {
  const { action, at } = JSON.parse(marker)
  return { action, at }
}
