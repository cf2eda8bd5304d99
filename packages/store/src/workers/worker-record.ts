import { z } from 'zod'

/** What a worker says about itself with each beat. */
export const workerRecord = z.object({
  /** When it began to take jobs, epoch ms by Redis's clock. */
  startedAt: z.number(),
  /** The queues that it consumes now. One whose provider it cannot reach is missing. */
  queues: z.array(z.string()),
  /** The queues that it serves, but leaves to others now, because it cannot reach their provider. */
  leaves: z.array(z.string()),
  version: z.string(),
})
export type WorkerRecord = z.infer<typeof workerRecord>

/** A worker that is alive. Its id is random: it tells workers apart and says nothing about their machines. */
export interface LivingWorker extends WorkerRecord {
  id: string
  /** When it beat last, epoch ms by Redis's clock. */
  seenAt: number
}
