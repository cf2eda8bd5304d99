import type { DeviceLook, EventJob, OutgoingEvent, RingLook } from '@ringer/payloads'
import { type JobsOptions, Queue } from 'bullmq'
import type { RedisClient } from '../redis/connect.ts'
import { kept, untilDeadline } from './create-call-queue.ts'
import { shortStreams } from './limit-event-streams.ts'
import { EVENTS } from './names.ts'

/**
 * How long the id of an event is remembered. Whoever looks at a ring again leaves out what happened long before, see
 * `LOOKED_AT_MS`. Each costs Redis about 170 bytes.
 */
export const EVENT_REMEMBERED_MS = 3_600_000

/**
 * Events that happened so long before a look at their ring are left out: earlier looks have found them. Shorter than
 * `EVENT_REMEMBERED_MS`, so that each event is added once, although every look finds all of them.
 */
export const LOOKED_AT_MS = 1_800_000

/**
 * At most 200 MB in Redis: an event takes 2 KB, a look 1.2 KB. Each ring has a look that waits until it is over, so 1,000 rings a second
 * need 31,000. A backend that is away until the queue is full loses the newest events.
 */
const MOST_EVENT_JOBS = 100_000

/** How long a count of the queue's jobs is believed. */
const COUNT_MS = 1_000

/** A device is looked at when what was about to be done to it has surely been done. */
const DEVICE_DELAY_MS = 1_000

/** Where processes note that something may have happened of which an app's backend is told. */
export interface EventNotes {
  /**
   * Has a ring looked at, now or later. Call it after each change of its record, in the job that made the change: when the job runs
   * again after a crash, it notes the same again.
   *
   * @param at when, epoch ms. A later look happens once, however often it is asked for. Default: now
   */
  ring(look: Pick<RingLook, 'appId' | 'ringId'>, at?: number): Promise<void>
  /** Has a device looked at in a second. Call it before the device is deleted or set aside: afterwards nobody would know of it. */
  device(look: Omit<DeviceLook, 'kind' | 'at'>): Promise<void>
}

/** Notes nothing: for apps without RINGER_EVENTS_URL. */
export const noEventNotes: EventNotes = { ring: async () => {}, device: async () => {} }

/** The producer's side of the queue `events`. */
export interface EventQueue extends EventNotes {
  /** Stores events for delivery. Each is stored once within an hour. */
  deliver(events: readonly OutgoingEvent[]): Promise<void>
  close(): Promise<void>
}

/**
 * @param options.isOn whether an app gets events; nothing is stored for others
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
    mostJobs?: number
  },
): EventQueue {
  const { isOn, onDropped = () => {}, clock = Date.now, mostJobs = MOST_EVENT_JOBS } = options
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
    counted = { jobs: await queue.getJobCountByTypes('wait', 'delayed', 'active'), at }
  }

  /** Whether there is room. Counts the jobs once a second, and those that were added since. */
  async function hasRoom(wanted: number): Promise<boolean> {
    if (performance.now() - counted.at > COUNT_MS) {
      counting ??= count().finally(() => {
        counting = undefined
      })
      await counting
    }
    if (counted.jobs + wanted > mostJobs) {
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
    // close() rejects immediately while Redis is away.
    close: async () => void (await Promise.allSettled([queue.close()])),
  }
}
