import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { finishDisconnecting } from './finish-disconnecting.ts'

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
 * that owes an answer for this long is given up. Blocking reads, of which BullMQ's longest take 10 s, have more time.
 */
const SILENCE_MS = 5_000
const BLOCKING_SILENCE_MS = 15_000

const SENTINEL_LIMIT_MS = 1_000

/** ioredis' own default. */
const BLOCKING_REDIRECTIONS = 16

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
    reconnectOnError: error => isFromReplica(error) && RECONNECT,
  })
}

/**
 * A connection for a process that must never give up: commands wait for Redis to come back. `null` has to be said:
 * with ioredis' default of 20 retries a job that ends during an outage counts as failed and is run again. There is no
 * commandTimeout, because it would cut the blocking reads too.
 */
export function connectPatient(target: RedisTarget): RedisClient {
  const client = connect(target, {
    maxRetriesPerRequest: null,
    socketTimeout: SILENCE_MS,
    reconnectOnError: error => isFromReplica(error) && RECONNECT_AND_SEND_AGAIN,
  })
  suitDuplicates(client)
  return client
}

/**
 * BullMQ makes its blocking reads over duplicates. In a Cluster
 *
 * - they have to fail: BullMQ asks anew every few seconds, and those that it gave up would otherwise all be sent when the
 *   owner is back, and take the jobs' markers for nobody;
 * - they go without the check of readiness: BullMQ connects them anew by itself, and waits for that. Where the check finds
 *   that the nodes are there but do not serve yet, as after a restart of all of them, ioredis 6.0.0 starts over and never
 *   tells who waits, and the consumer was dead for good.
 */
function suitDuplicates(client: RedisClient): void {
  if (client instanceof Cluster) {
    const duplicate = client.duplicate.bind(client)
    client.duplicate = (nodes, more: ClusterOptions = {}) => {
      const duplicated = duplicate(nodes, {
        ...more,
        redisOptions: { ...more.redisOptions, socketTimeout: BLOCKING_SILENCE_MS },
        enableReadyCheck: false,
        maxRedirections: BLOCKING_REDIRECTIONS,
      })
      finishDisconnecting(duplicated)
      return duplicated
    }
  } else {
    const duplicate = client.duplicate.bind(client)
    client.duplicate = more => duplicate({ ...more, socketTimeout: BLOCKING_SILENCE_MS })
  }
}

/** ioredis' words for what to do about an error. */
const RECONNECT = 1
const RECONNECT_AND_SEND_AGAIN = 2

/**
 * A master that became a replica need not close its connections: it goes on answering, and refuses to write. The master
 * is another one by now. A script says it in the middle of a sentence of its own before Redis 7.
 */
const isFromReplica = (error: Error) => error.message.includes('READONLY')

function connect(target: RedisTarget, behaviour: RedisOptions): RedisClient {
  const options: RedisOptions = { ...behaviour, retryStrategy: () => RECONNECT_MS, connectTimeout: 2_000 }
  const client = open(target, options)
  // Errors of a connection also reach whoever waits for a command; without a listener ioredis prints each of them.
  client.on('error', () => {})
  if (client instanceof Cluster) finishDisconnecting(client)
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
        // The others are asked when one that is frozen does not answer.
        sentinelCommandTimeout: SENTINEL_LIMIT_MS,
      })
    case 'cluster':
      return openCluster(target, options)
  }
}

function openCluster(
  { nodes, credentials }: Extract<RedisTarget, { kind: 'cluster' }>,
  options: RedisOptions,
): Cluster {
  const patient = options.maxRetriesPerRequest === null
  return new Cluster(nodes, {
    clusterRetryStrategy: () => RECONNECT_MS,
    enableOfflineQueue: options.enableOfflineQueue ?? true,
    redisOptions: { ...options, ...credentials },
    // Each answer of another node than the owner, and each connection to the owner that fails, is a redirection. While
    // the owner is away 16 of them take 1 to 2 s; a push that was sent meanwhile would count as failed, and go again.
    ...(patient && {
      maxRedirections: Number.POSITIVE_INFINITY,
      retryDelayOnMoved: 50,
      retryDelayOnFailover: RECONNECT_MS,
      retryDelayOnClusterDown: RECONNECT_MS,
    }),
  })
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
