import { type Logger, type OutageLog, within } from '@ringer/service'
import { isRedisError, type JobResult, type Load, type RedisClient, setPriority } from '@ringer/store'
import { DelayedError, type Job, type Telemetry, UnrecoverableError } from 'bullmq'
import { ZodError } from 'zod'
import { JobTaker } from './job-taker.ts'
import { leaveToNewer } from './leave-to-newer.ts'
import { createLockRenewal } from './renew-locks.ts'

/**
 * Another worker takes a dead one's jobs once the lock has expired and two stalled checks have passed (`watchQueues` makes
 * one every 900 ms): within 4.3 s, and 5 s are promised. A living worker renews a lock before half of its time is over.
 */
const LOCK_MS = 2_500
/** All workers together make no more than one stalled check of a queue in this time. */
const STALLED_CHECK_MS = 750

/**
 * How long one blocking wait for jobs lasts at most, in seconds. Each costs an idle worker two commands. If Redis disappears
 * without closing the connection, BullMQ notices one second after that.
 */
const WAIT_S = 6

/** How long jobs in hand may take when a worker closes. */
const CLOSE_LIMIT_MS = 6_000

/** A job that waits for longer lets another one be handled. Most providers answer sooner. */
const ASIDE_AFTER_MS = 250

/**
 * Lets other jobs be handled while this one only waits for this promise, so that phones which a silent provider does not
 * answer keep neither other calls nor the end of their own from being taken.
 */
export type StepAside = <T>(waiting: Promise<T>) => Promise<T>

/** How the jobs of one queue are handled. */
export interface QueueHandler {
  name: string
  /** The name in WORKER_QUEUES that turns this queue on. */
  setting: string
  /** How many jobs are handled at once, besides those that have stepped aside. */
  concurrency: number
  /** Handles one job. Returns its result, or when it is due again (epoch ms), and with which data and priority if others than now. */
  handle(
    job: Job,
    stepAside: StepAside,
  ): Promise<JobResult | { retryAt: number; data?: object; priority?: number }>
  /** Whether this worker can do what these jobs need. While it cannot, it leaves them to other workers. Default: it can. */
  canHandle?(): boolean
  /**
   * Its jobs may wait for a second. Then this worker waits for jobs only while the queue has some, and an unused queue costs
   * nothing. Default: false.
   */
  mayRest?: boolean
  /** How many jobs all workers together begin within a minute. The others wait in the queue. Default: no limit. */
  perMinute?: number | undefined
}

/** How often a worker looks whether it can handle the jobs of a queue. */
const LOOK_MS = 100

/** A running consumer of one queue. */
export interface RunningQueue {
  name: string
  /** Resolves when the connection on which it waits for jobs is up for the first time. */
  connected: Promise<unknown>
  /** Whether it waits for jobs on a connection that is up, or would if it could handle them and there were any. */
  isRunning(): boolean
  /** Whether it leaves the jobs to other workers. */
  isPaused(): boolean
  /** Takes note of the queue's jobs, asks for one if some wait, and gives those of dead workers back to the queue. Call it every second. */
  notice(load: Load): Promise<void>
  /** Takes no new jobs and finishes those in hand. After 6 s it stops waiting and leaves the rest to other workers. */
  close(): Promise<void>
  /** Resolves when no job is being handled here any more. */
  idle(): Promise<unknown>
}

/** Consumes a queue. A job that is due again goes back into the queue without using up one of BullMQ's own attempts. */
export function runQueue(
  options: Omit<QueueHandler, 'setting'> & {
    redis: RedisClient
    prefix: string
    log: Logger
    redisOutage: OutageLog
    /** Traces the handling of each job. Default: nothing does. */
    telemetry?: Telemetry | undefined
    /** Called when the worker begins to leave the queue to others, and when it stops doing so. */
    onPaused(isPaused: boolean): void
    clock: () => number
  },
): RunningQueue {
  const { name, redis, prefix, concurrency, handle, log, redisOutage, onPaused, clock } = options
  const { canHandle = () => true, mayRest = false } = options
  const inHand = new Set<Promise<unknown>>()
  const worker = new JobTaker(
    name,
    async (job: Job, token = '') => {
      const handling = renewal.during(
        { id: job.id ?? '', token },
        async (): ReturnType<typeof handle> => leaveToNewer(job, log, clock()) ?? handle(job, stepAside),
      )
      inHand.add(handling)
      const next = await untilHandled(handling)
      if (!('retryAt' in next)) return next
      if (next.data) await job.updateData(next.data)
      const { priority } = next
      if (priority !== undefined)
        await setPriority(redis, { prefix, queue: name, jobId: job.id ?? '', priority })
      // BullMQ compares the due time with this process's own clock, not with Redis's.
      await job.moveToDelayed(next.retryAt - clock() + Date.now(), token)
      throw new DelayedError()
    },
    {
      connection: redis,
      prefix,
      ...(options.telemetry && { telemetry: options.telemetry }),
      concurrency,
      ...(options.perMinute !== undefined && { limiter: { max: options.perMinute, duration: 60_000 } }),
      lockDuration: LOCK_MS,
      skipLockRenewal: true,
      stalledInterval: STALLED_CHECK_MS,
      // See `notice`: BullMQ itself would ask for every queue, whether or not it has jobs.
      skipStalledCheck: true,
      autorun: false,
      drainDelay: WAIT_S,
      // A job that outlives several workers is still a call. Only its deadline ends it.
      maxStalledCount: 100,
      // With the default, a lost connection would cost 15 s.
      runRetryDelay: 500,
    },
  )
  async function untilHandled(handling: ReturnType<typeof handle>) {
    try {
      return await handling
    } catch (error) {
      return neverAgainIfUnreadable(error)
    } finally {
      inHand.delete(handling)
    }
  }
  const renewal = createLockRenewal({
    lockMs: LOCK_MS,
    extend: (ids, tokens, lockMs) => worker.extendJobLocks(ids, tokens, lockMs),
    onError: report,
  })
  const stepAside: StepAside = async waiting => {
    let aside = 0
    const timer = setTimeout(() => {
      aside = 1
      worker.addPlaces(aside)
    }, ASIDE_AFTER_MS)
    try {
      return await waiting
    } finally {
      clearTimeout(timer)
      if (aside > 0) worker.addPlaces(-aside)
    }
  }
  /** Each queue and each job would say that Redis is away, and then that locks were lost. It is said once for all of them. */
  function report(error: Error) {
    if (isRedisError(error)) redisOutage.failed(error.message)
    else log[redisOutage.isOn() ? 'debug' : 'warn']({ queue: name, reason: error.message }, 'queue')
  }
  worker.on('error', report)
  // The job is handled again.
  worker.on('failed', (job, error) => {
    if (isRedisError(error)) redisOutage.failed(error.message)
    else log.error({ queue: name, jobId: job?.id, err: error }, 'job failed')
  })
  // BullMQ waits for jobs on a separate connection, which may be lost while the other one answers.
  let blockingClient: { status: string } | undefined
  const connected = Promise.resolve(worker.backend.blockingConnection?.client).then(
    client => {
      blockingClient = client
    },
    () => {},
  )
  let isLeft = false
  let isEmpty = mayRest
  // It is not running yet, so it begins in the state in which resume() starts it.
  if (mayRest) void worker.pause(true)
  else void worker.run()
  const looking = setInterval(() => {
    if (isLeft === canHandle()) {
      isLeft = !isLeft
      onPaused(isLeft)
      // The sender reports the outage itself.
      log.debug({ queue: name, isLeft }, 'whether the queue is left to other workers')
    }
    const rests = isLeft || (mayRest && isEmpty)
    if (rests === worker.isPaused()) return
    if (rests) void worker.pause(true).catch(() => {})
    else worker.resume()
  }, LOOK_MS).unref()
  return {
    name,
    connected,
    isRunning: () => (worker.isPaused() || worker.isRunning()) && blockingClient?.status === 'ready',
    isPaused: () => isLeft,
    async notice({ active, waiting }) {
      isEmpty = active + waiting === 0
      if (waiting > 0) worker.askAtOnce()
      if (active > 0) await worker.backend.moveStalledJobsToWait()
    },
    async close() {
      clearInterval(looking)
      // BullMQ's close() never resolves while Redis is down, not even when forced. Other workers take the jobs in hand
      // when their locks expire.
      const closed = await within(CLOSE_LIMIT_MS, worker.close())
      renewal.close()
      if (!closed.done) void worker.close(true).catch(() => {})
    },
    idle: () => Promise.allSettled(inHand),
  }
}

/** A job that cannot be read now cannot be read later either. */
function neverAgainIfUnreadable(error: unknown): never {
  if (error instanceof ZodError) throw new UnrecoverableError('the job cannot be read')
  throw error
}
