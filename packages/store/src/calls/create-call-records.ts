import {
  type AnswerEvent,
  type EndAction,
  type EndEvent,
  endAction,
  type RingEvent,
  ringEvent,
  ringId,
} from '@ringer/payloads'
import { DUPLICATE_WINDOW_MS } from '../queues/create-call-queue.ts'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import {
  type CallRecord,
  type DeviceRecord,
  type RingRecord,
  type RingState,
  ringState,
} from './call-record.ts'
import { ANSWER, BEGIN_ATTEMPT, CLAIM, END, FIND_SESSION, RECORD_DEVICE } from './scripts.ts'
import { type Attempt, type BeginAnswer, toAttempt } from './to-attempt.ts'
import { toDevices, toRingRecord } from './to-ring-record.ts'

/** How long a call can be looked into afterwards. */
const RECORD_TTL_MS = 24 * 3_600_000

/** Most webhooks tell the time in whole seconds, rounded down, and others of the same call in milliseconds. */
const CLOCK_STEP_MS = 999

/** A ring that a job wants to have for itself. Instants in epoch ms. */
export interface RingToClaim {
  appId: string
  event: RingEvent
  receivedAt: number
  dequeuedAt: number
  deadline: number
}

/** Where a ring stands once a device's part in it is written. */
export interface SettledRing {
  state: RingState
  endAction?: EndAction | undefined
  answeredOn?: string | undefined
}

/** The single place where a call's state is kept. Every change is one script, so none is ever half done. */
export interface CallRecords {
  /** Claims a ring for the job: once claimed by one, it is a duplicate for all others. */
  claim(
    job: string,
    ring: RingToClaim,
  ): Promise<{ claim: 'claimed' | 'duplicate'; state: RingState; ringId: string }>
  /**
   * Puts devices on record as queued, or as skipped with the reason; what is on record already stays.
   * Returns all of the ring's devices that are queued, those of an earlier run of its job too.
   */
  addDevices(ringId: string, devices: Map<string, DeviceRecord>): Promise<RingRecord['devices']>
  /** Opens an attempt on a device, unless there is nothing left to ring for. */
  beginAttempt(ringId: string, deviceId: string, now: number): Promise<Attempt>
  /** Writes what became of a device, and tells where the ring stands by now. */
  recordDevice(
    ringId: string,
    deviceId: string,
    fields: Partial<DeviceRecord>,
  ): Promise<SettledRing | undefined>
  /** Ends the call's rings. Returns the rings that this job ended, and the devices of each. */
  end(job: string, appId: string, event: EndEvent, at: number): Promise<RingRecord[]>
  /** Marks rings as answered. Returns those of which this job says something new, and the devices of each. */
  answer(job: string, appId: string, event: AnswerEvent, at: number): Promise<RingRecord[]>
  /** Puts on record why nobody, or not everybody, of a called group is rung. */
  note(appId: string, sessionId: string, note: string): Promise<void>
  /** Puts on record why a ring reaches no phone. */
  noteRing(ringId: string, note: string): Promise<void>
  /** The event that a ring was claimed with, for as long as it is on record. */
  readEvent(ringId: string): Promise<{ event: RingEvent; receivedAt: number } | undefined>
  read(appId: string, sessionId: string): Promise<CallRecord | undefined>
}

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
