import type { DeviceLook, EventJob, OutgoingEvent, RingLook } from '@ringer/payloads'
import { type JobsOptions, Queue } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'
import { createKeys } from '../redis/keys.ts'
import { runScript } from '../redis/run-script.ts'
import { kept, untilDeadline } from './create-call-queue.ts'
import { shortStreams } from './limit-event-streams.ts'
import { EVENTS } from './names.ts'
import { WAIT } from './scripts.ts'

/**
 * How long the id of an event is remembered. A later look at the ring leaves out what happened long before, see `LOOKED_AT_MS`.
 * Each costs Redis about 170 bytes.
 */
export const EVENT_REMEMBERED_MS = 3_600_000

/**
 * Events that happened longer than this before a look at their ring are left out: earlier looks have found them. Shorter than
 * `EVENT_REMEMBERED_MS`, so that each event is added once, although every look finds all of them.
 */
export const LOOKED_AT_MS = 1_800_000

/**
 * At most 200 MB in Redis: an event takes 2 KB, a look 1.2 KB. Each ring has a look that waits until it is over, so 1,000 rings a second
 * need 31,000. A backend that is away until the queue is full loses the newest events.
 */
const MOST_EVENT_JOBS = 100_000

/**
 * Events that were not delivered wait for hours. Together they take at most half of the queue; beyond that, each app may have
 * its share of a quarter. So if the backends of some apps are away, there is still room for the events of the others.
 */
const WAITING_SHARE = 0.5
const WAITING_SHARE_OF_EACH = 0.25

/** If nobody settles an event, because a worker died, it is counted until this long after its next attempt. */
const UNSETTLED_MS = 3_600_000

/** Events that were not delivered wait behind all that are new: those of a backend that is away come by the thousand. */
export const AGAIN_PRIORITY = 1

/** How long a count of the queue's jobs is believed. */
const COUNT_MS = 1_000

/** A device is looked at this long after it was noted: by then it has surely been deleted or set aside. */
const DEVICE_DELAY_MS = 1_000

/** Where processes note that something may have happened that an app's backend wants to know. */
export interface EventNotes {
  /**
   * Has a ring looked at, now or later. Call it after each change of its record, in the job that made the change: when the job runs
   * again after a crash, it notes the same again.
   *
   * @param at when, epoch ms. A later look happens once, however often it is asked for. Default: now
   */
  ring(look: Pick<RingLook, 'appId' | 'ringId'>, at?: number): Promise<void>
  /**
   * Has a device looked at in a second. Call it before the device is deleted or set aside: afterwards nobody would know about
   * it.
   */
  device(look: Omit<DeviceLook, 'kind' | 'at'>): Promise<void>
}

/** Notes nothing: for apps without RINGER_EVENTS_URL. */
export const noEventNotes: EventNotes = { ring: async () => {}, device: async () => {} }

/** The producer's side of the queue `events`. */
export interface EventQueue extends EventNotes {
  /** Stores events for delivery. Each is stored once within an hour. */
  deliver(events: readonly OutgoingEvent[]): Promise<void>
  /** Whether an event that was not delivered may wait for another attempt at this instant, epoch ms. False: it is dropped. */
  mayWait(event: OutgoingEvent, until: number): Promise<boolean>
  /** Notes that an event which waited is no longer waiting. */
  settle(event: OutgoingEvent): Promise<void>
  close(): Promise<void>
}

/**
 * @param options.isOn whether an app gets events; nothing is stored for others
 * @param options.apps how many apps share the queue. Default: 1
 * @param options.onDropped called with how many jobs were not stored, because the queue is full
 * @param options.clock returns epoch ms by Redis's clock
 */
export function createEventQueue(
  connection: RedisClient,
  prefix: string,
  options: {
    isOn: (appId: string) => boolean
    onDropped?: (count: number) => void
    clock?: () => number
    mostJobs?: number | undefined
    apps?: number
  },
): EventQueue {
  const { isOn, onDropped = () => {}, clock = Date.now, mostJobs = MOST_EVENT_JOBS, apps = 1 } = options
  const keys = createKeys(prefix)
  const queue = new Queue<EventJob>(EVENTS, {
    connection,
    prefix,
    streams: shortStreams,
    // As for the queue of calls: needed over a connection that fails fast.
    ...{ skipWaitingForReady: true, skipVersionCheck: true },
  })
  queue.on('error', () => {})
  let counted = { jobs: 0, at: Number.NEGATIVE_INFINITY }
  let counting: Promise<void> | undefined

  async function count() {
    const at = performance.now()
    counted = { jobs: await queue.getJobCountByTypes('wait', 'prioritized', 'delayed', 'active'), at }
  }

  /** Counts the jobs once a second, and those that were added since. */
  async function countJobs(): Promise<number> {
    if (performance.now() - counted.at > COUNT_MS) {
      counting ??= count().finally(() => {
        counting = undefined
      })
      await counting
    }
    return counted.jobs
  }

  async function hasRoom(wanted: number): Promise<boolean> {
    if ((await countJobs()) + wanted > mostJobs) {
      onDropped(wanted)
      return false
    }
    counted.jobs += wanted
    return true
  }

  async function add(jobs: { data: EventJob; opts: JobsOptions }[]): Promise<void> {
    if (jobs.length === 0 || !(await hasRoom(jobs.length))) return
    await queue.addBulk(
      jobs.map(({ data, opts }) => ({ name: data.kind, data, opts: { ...kept, ...untilDeadline, ...opts } })),
    )
  }

  /** When a job is due. BullMQ adds the delay to the timestamp, and workers compare the sum with their own clocks. */
  const dueAt = (at: number | undefined) => {
    const delay = at === undefined ? 0 : Math.max(0, at - clock())
    return { timestamp: delay > 0 ? Date.now() : clock(), delay }
  }

  return {
    async ring({ appId, ringId }, at) {
      if (!isOn(appId)) return
      const data = { kind: 'ring' as const, appId, ringId, at: at ?? clock() }
      await add([{ data, opts: { ...dueAt(at), ...(at !== undefined && { jobId: `${ringId}_${at}` }) } }])
    },
    async device(look) {
      if (!isOn(look.appId)) return
      const data = { ...look, kind: 'device' as const, at: clock() }
      await add([{ data, opts: dueAt(data.at + DEVICE_DELAY_MS) }])
    },
    async deliver(events) {
      await add(
        events.map(event => ({
          data: { kind: 'deliver' as const, event, failures: 0 },
          opts: {
            jobId: event.id,
            deduplication: { id: event.id, ttl: EVENT_REMEMBERED_MS },
            ...dueAt(undefined),
          },
        })),
      )
    },
    async mayWait({ id, appId }, until) {
      const hasRoomForAll = (await countJobs()) < mostJobs * WAITING_SHARE
      const share = Math.floor((mostJobs * WAITING_SHARE_OF_EACH) / apps)
      const key = keys.waitingEvents(appId)
      const args = [id, clock(), until + UNSETTLED_MS, share, hasRoomForAll ? 1 : 0]
      const mayWait = (await runScript(connection, WAIT, [key], args)) === 1
      if (!mayWait) onDropped(1)
      return mayWait
    },
    async settle({ id, appId }) {
      await connection.zrem(keys.waitingEvents(appId), id)
    },
    // close() rejects immediately while Redis is away.
    close: async () => void (await Promise.allSettled([queue.close()])),
  }
}
