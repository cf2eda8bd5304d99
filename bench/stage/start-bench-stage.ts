import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshPrefix, type StandInCredentials, startRedis } from '@ringer/fakes'
import { Redis } from 'ioredis'
import type { ApnsAccess } from '../bare/apns-access.ts'
import type { BareServerOptions } from '../bare/fastify.ts'
import type { BareGroupOptions } from '../bare/group.ts'
import type { DirectOptions } from '../bare/handler.ts'
import type { BareWorkerOptions } from '../bare/worker.ts'
import { monotonicMs } from '../processes/clock.ts'
import type { CometChatOptions } from '../processes/cometchat.ts'
import type { LoadOptions } from '../processes/load.ts'
import type { RelayOptions } from '../processes/relay.ts'
import type { SinkOptions } from '../processes/sink.ts'
import { median } from '../report/statistics.ts'
import { createRedisStats } from './create-redis-stats.ts'
import { ingressSettings, workerSettings } from './ringer-settings.ts'
import { type BenchProcess, startBenchProcess } from './start-bench-process.ts'

/** As in production: the append-only file is written at once and flushed once a second. Rewrites of it are off. */
const REDIS_ARGS = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--auto-aof-rewrite-percentage', '0']

/** How many calls the bare worker sends at once. */
export const BARE_CONCURRENCY = 100

const ROUND_TRIPS = 21

export type Sink = BenchProcess<{ apnsPort: number; fcmPort: number }>
export type RingerReady = { url: string; adminUrl: string }

/** A Redis, the stand-in for the providers, and what starts the processes of one side beside them. */
export type BenchStage = Awaited<ReturnType<typeof startBenchStage>>

/** Starts a stage with an empty Redis. Each measurement has its own. */
export async function startBenchStage(credentials: StandInCredentials) {
  const folder = await mkdtemp(join(tmpdir(), 'ringer-bench-'))
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, credentials.ca)
  const started: BenchProcess[] = []
  const start = async <Ready>(...[options]: Parameters<typeof startBenchProcess<Ready>>) => {
    const process = await startBenchProcess<Ready>(options)
    started.push(process)
    return process
  }
  const redis = await startRedis({ kind: 'redis-server', args: REDIS_ARGS })
  const sink: Sink = await start({
    name: 'sink',
    path: 'bench/processes/sink.ts',
    options: { cert: credentials.cert, key: credentials.key } satisfies SinkOptions,
  })
  const prefix = freshPrefix()
  const stats = createRedisStats(redis.url, redis.pid)

  const shared = (redisUrl: string) => ({
    ...{ REDIS_URL: redisUrl, RINGER_PREFIX: prefix, ADMIN_PORT: '0', LOG_LEVEL: 'info' },
  })
  const bareApns = (port = sink.ready.apnsPort): ApnsAccess => {
    const { privateKey: key, keyId, teamId, bundleId } = credentials.apns
    return { port, ca: credentials.ca, key, keyId, teamId, bundleId }
  }

  return {
    ...{ redis, sink, prefix, stats, start, bareApns },
    /** Starts a process that relays, delays and counts what it is sent for this port. */
    startRelay: (name: string, options: RelayOptions) =>
      start<{ port: number }>({ name, path: 'bench/processes/relay.ts', options }),
    startIngress: (redisUrl = redis.url, more: Record<string, string> = {}) =>
      start<RingerReady>({
        name: 'ingress',
        path: 'apps/ingress/src/main.ts',
        environment: { ...shared(redisUrl), ...ingressSettings, ...more },
      }),
    startWorker(options: { redisUrl?: string; apnsPort?: number; more?: Record<string, string> } = {}) {
      const { redisUrl = redis.url, apnsPort = sink.ready.apnsPort, more } = options
      const ports = { apnsPort, fcmPort: sink.ready.fcmPort }
      const environment = { ...shared(redisUrl), ...workerSettings(credentials, ports, ca), ...more }
      return start<RingerReady>({ name: 'worker', path: 'apps/worker/src/main.ts', environment })
    },
    startBareWorker: (redisUrl = redis.url) =>
      start({
        name: 'bare worker',
        path: 'bench/bare/worker.ts',
        options: {
          ...{ redisUrl, queue: 'bare', concurrency: BARE_CONCURRENCY, apns: bareApns() },
        } satisfies BareWorkerOptions,
      }),
    startBareServer: (kind: 'fastify' | 'express', redisUrl = redis.url) =>
      start<{ url: string }>({
        name: `bare ${kind}`,
        path: `bench/bare/${kind}.ts`,
        options: { redisUrl } satisfies BareServerOptions,
      }),
    startLoad: (url: string) =>
      start({
        name: 'load generator',
        path: 'bench/processes/load.ts',
        options: { url } satisfies LoadOptions,
      }),
    startDirect: (process: 'handler' | 'recipe', options: DirectOptions) =>
      start<{ url: string }>({ name: process, path: `bench/bare/${process}.ts`, options }),
    startBareGroup: (options: BareGroupOptions) =>
      start<{ url: string }>({ name: 'bare group', path: 'bench/bare/group.ts', options }),
    startCometChat: (options: CometChatOptions) =>
      start<{ url: string; apiKey: string }>({
        name: 'stand-in for CometChat',
        path: 'bench/processes/cometchat.ts',
        options,
      }),
    /** Measures the median round trip to the Redis at this URL, ms. */
    async measureRoundTrip(url: string): Promise<number> {
      const client = new Redis(url)
      const trips: number[] = []
      for (let trip = 0; trip < ROUND_TRIPS; trip += 1) {
        const sentAt = monotonicMs()
        await client.ping()
        // The first one includes the handshake.
        if (trip > 0) trips.push(monotonicMs() - sentAt)
      }
      client.disconnect()
      return median(trips)
    },
    async close() {
      await Promise.all(started.map(process => process.end()))
      stats.close()
      await redis.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
