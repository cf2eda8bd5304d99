import { FORMAT, formatOf } from '@ringer/payloads'
import type { Logger } from '@ringer/service'
import { type Job, UnrecoverableError } from 'bullmq'

/** No ring is worth sending later, and until then each half a second counts. */
const URGENT_MS = 120_000
const URGENT_AGAIN_MS = 500
/** Notifications and events may wait for longer. */
const LATER_AGAIN_MS = 60_000
const OFFERED_MS = 24 * 3_600_000

/**
 * Leaves a job that a newer version of Ringer stored to a newer worker. During an upgrade there is one.
 *
 * @returns undefined if this version can read the job's format; otherwise when the job is offered again, epoch ms
 * @throws UnrecoverableError if no newer worker has taken it within a day
 */
export function leaveToNewer(
  job: Job,
  log: Logger,
  now: number,
): { retryAt: number; data?: object } | undefined {
  const format = formatOf(job.data)
  if (format <= FORMAT) return undefined
  const formats = { format, readsUpTo: FORMAT }
  const age = now - job.timestamp
  if (age > OFFERED_MS)
    throw new UnrecoverableError(`a newer version of Ringer stored the job (${JSON.stringify(formats)})`)
  if (job.attemptsStarted <= 1)
    log.warn(
      { queue: job.queueName, jobId: job.id, ...formats },
      'a newer version of Ringer stored this job; it is left to a newer worker',
    )
  return { retryAt: now + (age < URGENT_MS ? URGENT_AGAIN_MS : LATER_AGAIN_MS) }
}
