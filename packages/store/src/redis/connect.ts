import { Cluster, Redis, type RedisOptions } from 'ioredis'

/** Where Redis is: one server, a Cluster's nodes, or the sentinels that know the master. */
export type RedisTarget =
  | { kind: 'single'; url: string }
  | { kind: 'cluster'; nodes: Address[]; credentials: Credentials }
  | { kind: 'sentinel'; sentinels: Address[]; name: string; credentials: Credentials }

interface Address {
  host: string
  port: number
}

interface Credentials {
  username?: string | undefined
  password?: string | undefined
}

export type RedisClient = Redis | Cluster

const RECONNECT_MS = 200

/**
 * A host that vanishes says no goodbye, and the operating system keeps a connection to it for a quarter of an hour. One
 * that owes an answer for this long is given up; no blocking read of BullMQ's takes longer than 10 s.
 */
const SILENCE_MS = 15_000

/**
 * A connection for a process that must say no rather than wait: every command fails within `timeoutMs`, at once when
 * Redis is known to be away. What timed out may still have been done.
 */
export function connectFailFast(target: RedisTarget, timeoutMs: number): RedisClient {
  return connect(target, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
  })
}

/**
 * A connection for a process that must never give up: commands wait for Redis to come back. `null` has to be said:
 * with ioredis' default of 20 retries a job that ends during an outage counts as failed and is run again. There is no
 * commandTimeout, because it would cut the blocking reads too.
 */
export function connectPatient(target: RedisTarget): RedisClient {
  return connect(target, { maxRetriesPerRequest: null, socketTimeout: SILENCE_MS })
}

function connect(target: RedisTarget, behaviour: RedisOptions): RedisClient {
  const options: RedisOptions = { ...behaviour, retryStrategy: () => RECONNECT_MS, connectTimeout: 2_000 }
  const client = open(target, options)
  // Errors of a connection also reach whoever waits for a command; without a listener ioredis prints each of them.
  client.on('error', () => {})
  return client
}

function open(target: RedisTarget, options: RedisOptions): RedisClient {
  switch (target.kind) {
    case 'single':
      return new Redis(target.url, options)
    case 'sentinel':
      return new Redis({
        ...options,
        ...target.credentials,
        sentinels: target.sentinels,
        name: target.name,
        sentinelRetryStrategy: () => RECONNECT_MS,
      })
    case 'cluster':
      return new Cluster(target.nodes, {
        clusterRetryStrategy: () => RECONNECT_MS,
        enableOfflineQueue: options.enableOfflineQueue ?? true,
        redisOptions: { ...options, ...target.credentials },
      })
  }
}

/** Resolves once commands can be sent, or after the limit: a process starts without Redis too, and says so. */
export async function waitUntilReady(client: RedisClient, limitMs: number): Promise<boolean> {
  if (client.status === 'ready') return true
  return new Promise(resolve => {
    const done = (ready: boolean) => {
      clearTimeout(timer)
      client.off('ready', onReady)
      resolve(ready)
    }
    const onReady = () => done(true)
    const timer = setTimeout(done, limitMs, false)
    client.once('ready', onReady)
  })
}

/** Whether Redis answers within the limit. Never throws, never hangs. */
export async function ping(client: RedisClient, limitMs: number): Promise<boolean> {
  if (client.status !== 'ready') return false
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<boolean>(resolve => {
    timer = setTimeout(resolve, limitMs, false)
  })
  const answer = client.ping().then(
    () => true,
    () => false,
  )
  return Promise.race([answer, limit]).finally(() => clearTimeout(timer))
}
