import type { Checks } from '../http/add-health-routes.ts'
import { type AdminDeps, createAdminServer } from '../http/create-admin-server.ts'
import type { Logger } from '../signals/create-logger.ts'
import type { ProcessMetrics } from '../signals/create-process-metrics.ts'
import type { Tracing } from '../signals/start-tracing.ts'
import { type RedisTime, watchClockOffset } from '../signals/watch-clock-offset.ts'
import { type QueueFigures, watchQueueMetrics } from '../signals/watch-queue-metrics.ts'
import { announceReady } from './announce-ready.ts'
import { closeOnSignal } from './close-on-signal.ts'

/** What a process does: the work of an ingress, of a worker, or of both. */
export interface Room {
  log: Logger
  metrics: Pick<ProcessMetrics, 'registry'>
  /** Where the admin port listens and what it shows, besides metrics and health. */
  admin: Omit<AdminDeps, 'registry' | 'checks'> & { host: string; port: number }
  /** What readiness depends on. */
  checks: () => Promise<Checks>
  clock: RedisTime
  /** The names of all queues. */
  queues: readonly string[]
  readQueues: () => Promise<ReadonlyMap<string, QueueFigures>>
  /** How long `finish` may take, ms. */
  graceMs: number
  /** Begins to work. Resolves within seconds even if Redis does not answer yet. */
  prepare(): Promise<void>
  /** Opens the port, if there is one, and returns its address. */
  listen(): Promise<string | undefined>
  /** Takes no more work and finishes what is in hand. */
  finish(): Promise<void>
  /** Ends what `finish` and the admin port need. */
  disconnect(): Promise<void>
}

/**
 * Runs a room in this process: with its admin port, until a signal ends it. Returns when its ports are open.
 *
 * @param tracing is closed at the end. Default: nothing is traced
 */
export async function runRoom(room: Room, tracing?: Pick<Tracing, 'close'>): Promise<void> {
  const { log, checks, clock, queues } = room
  const { registry } = room.metrics
  watchClockOffset(clock, { log, registry })
  watchQueueMetrics({ registry, queues, read: room.readQueues })
  await room.prepare()
  const { host, port, ...shown } = room.admin
  const admin = createAdminServer({ ...shown, registry, checks })
  const adminUrl = await admin.listen({ host, port })
  const url = await room.listen()
  closeOnSignal({
    log,
    graceMs: room.graceMs,
    async close() {
      await room.finish()
      await admin.close()
      await room.disconnect()
      await tracing?.close()
    },
  })
  announceReady(log, { ...(url !== undefined && { url }), adminUrl }, checks)
}
