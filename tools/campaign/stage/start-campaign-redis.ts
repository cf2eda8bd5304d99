import { startRedis, startRelay } from '@ringer/fakes'
import { Redis } from 'ioredis'
import type { RedisError } from '../plan/plan.ts'

/** A port on which nothing listens. */
const NO_MASTER = ['127.0.0.1', '1'] as const
/** How long Redis takes to read each of its commands again, µs. After a kill it answers LOADING for about a second. */
const LOADING_US = 20

/** A real Redis, behind a network that can be slow, that can be killed, and that can be made to answer with errors. */
export type CampaignRedis = Awaited<ReturnType<typeof startCampaignRedis>>

/** Throws without a redis-server, because only a real one can be killed and keep its data. */
export async function startCampaignRedis() {
  const server = await startRedis({
    kind: 'redis-server',
    args: ['--appendonly', 'yes', '--appendfsync', 'no', '--key-load-delay', String(LOADING_US)],
  })
  const network = await startRelay({ host: '127.0.0.1', port: 0, upstreamPort: server.port })
  const admin = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 })
  admin.on('error', () => undefined)

  /** Begins or ends the errors. Redis itself makes them, so they come exactly where it would give them. */
  const refuse: Record<RedisError, (on: boolean) => Promise<unknown>> = {
    NOREPLICAS: on => admin.config('SET', 'min-replicas-to-write', on ? '1' : '0'),
    OOM: on => admin.config('SET', 'maxmemory', on ? '1' : '0'),
    // A replica that never reaches its master keeps its data.
    READONLY: on => (on ? admin.replicaof(...NO_MASTER) : admin.replicaof('NO', 'ONE')),
    async MASTERDOWN(on) {
      await admin.config('SET', 'replica-serve-stale-data', on ? 'no' : 'yes')
      await refuse.READONLY(on)
    },
  }

  return {
    /** The address for Ringer's processes. */
    url: `redis://127.0.0.1:${network.port}`,
    /** The address without the network in between, for the campaign itself. */
    directUrl: server.url,
    async kill() {
      network.refuseConnections()
      await server.kill()
    },
    async restart() {
      // Clients may come while it still reads its data, and are answered LOADING.
      await network.acceptConnections()
      await server.restart()
    },
    pause: server.pause,
    resume: server.resume,
    refuse: (error: RedisError, on: boolean) => refuse[error](on),
    /** Makes every command take this long, ms; 0 ends it. */
    slowDown: (roundTripMs: number) => network.delay(roundTripMs / 2),
    async close() {
      admin.disconnect()
      await network.close()
      await server.close()
    },
  }
}
