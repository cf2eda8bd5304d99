import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import { batchWrites } from './batch-writes.ts'
import { finishDisconnecting } from './finish-disconnecting.ts'
import type { RedisTarget, Tls } from './target.ts'

export type RedisClient = Redis | Cluster

const RECONNECT_MS = 200

/**
 * How long ioredis waits before it asks again whether Redis has read its data. By default it believes the time that Redis guesses,
 * up to 10 s, and used a Redis that was ready as late as 7 s after that.
 */
const LOADING_CHECK_MS = 200

/**
 * How long a connection may stay silent while a command waits for its reply. Without this limit, the operating system keeps
 * a connection to a host that vanished for a quarter of an hour. Blocking reads have more time: BullMQ's take up to 10 s.
 */
const SILENCE_MS = 5_000
const BLOCKING_SILENCE_MS = 15_000

const SENTINEL_LIMIT_MS = 1_000

/** How long a subscriber waits for the answer to a PING. */
const SUBSCRIBER_SILENCE_MS = 2_000

/** ioredis' default. */
const BLOCKING_REDIRECTIONS = 16

/**
 * Opens a connection for a process that must answer rather than wait. Every command fails within `timeoutMs`, and
 * immediately when Redis is known to be away. Redis may still have executed a command that timed out.
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
 * Opens a connection for a process that must never give up: commands wait until Redis is back. `maxRetriesPerRequest` must
 * be `null`: with ioredis' default of 20 retries, a job that ends during an outage counts as failed and runs again. There
 * is no commandTimeout, because it would also cut off blocking reads.
 */
export function connectPatient(target: RedisTarget): RedisClient {
  const client = connect(target, {
    maxRetriesPerRequest: null,
    socketTimeout: SILENCE_MS,
    reconnectOnError: error => isFromReplica(error) && RECONNECT_AND_SEND_AGAIN,
  })
  configureDuplicates(client)
  return client
}

/**
 * Opens a connection for a subscription. It is not opened again when it is lost: the subscriber has to know that it may have
 * missed messages. In a Cluster it goes to one node, because each node gets the messages of all.
 *
 * @param turn which node of a Cluster: the next one if the last one failed
 */
export function connectSubscriber(target: RedisTarget, turn: number): Redis {
  const options: RedisOptions = {
    ...{ maxRetriesPerRequest: null, socketTimeout: SUBSCRIBER_SILENCE_MS, connectTimeout: 2_000 },
    ...{ autoResubscribe: false, retryStrategy: () => null, maxLoadingRetryTime: LOADING_CHECK_MS },
  }
  const client = openSubscriber(target, options, turn)
  client.on('error', () => {})
  return client
}

function openSubscriber(target: RedisTarget, options: RedisOptions, turn: number): Redis {
  if (target.kind !== 'cluster') return openOne(target, { ...options, sentinelRetryStrategy: () => null })
  const { nodes, credentials, tls } = target
  return new Redis({ ...options, ...nodes[turn % nodes.length], ...credentials, ...withTls(tls) })
}

/**
 * Sets the options of duplicates, over which BullMQ makes its blocking reads. In a Cluster
 *
 * - blocking reads must fail: BullMQ repeats them every few seconds. Otherwise all the reads that BullMQ has given up would
 *   be sent once the owner of the slot is back, and would take the markers of jobs although nobody waits for them;
 * - the ready check is off: BullMQ reconnects duplicates itself and waits for that. If the check finds that the nodes are
 *   there but do not serve yet, as after a restart of all of them, ioredis 6.0.0 starts over and never settles the promise
 *   of the connect() that BullMQ waits for, so that the consumer stays dead for good.
 */
function configureDuplicates(client: RedisClient): void {
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

/** What ioredis' `reconnectOnError` may return. */
const RECONNECT = 1
const RECONNECT_AND_SEND_AGAIN = 2

/**
 * A master that became a replica may keep its connections open: it goes on answering and refuses writes, while another node
 * is the master. Before Redis 7, the error of a script has READONLY in the middle of its message.
 */
const isFromReplica = (error: Error) => error.message.includes('READONLY')

function connect(target: RedisTarget, behaviour: RedisOptions): RedisClient {
  const options: RedisOptions = {
    ...behaviour,
    retryStrategy: () => RECONNECT_MS,
    connectTimeout: 2_000,
    maxLoadingRetryTime: LOADING_CHECK_MS,
  }
  const client = open(target, options)
  // The commands that wait get a connection's errors too. Without a listener, ioredis prints each error.
  client.on('error', () => {})
  if (client instanceof Cluster) finishDisconnecting(client)
  else batchWrites(client)
  return client
}

function open(target: RedisTarget, options: RedisOptions): RedisClient {
  return target.kind === 'cluster'
    ? openCluster(target, options)
    : openOne(target, { ...options, sentinelRetryStrategy: () => RECONNECT_MS })
}

/** Connects to one server, or to the master that sentinels know. */
function openOne(target: Exclude<RedisTarget, { kind: 'cluster' }>, options: RedisOptions): Redis {
  if (target.kind === 'single') return new Redis(target.url, { ...options, ...withTls(target.tls) })
  return new Redis({
    ...options,
    ...target.credentials,
    ...(target.tls && { tls: target.tls, enableTLSForSentinelMode: true }),
    sentinels: target.sentinels,
    name: target.name,
    ...watcherOptions(target),
    // When a frozen sentinel does not answer, the next one is asked.
    sentinelCommandTimeout: SENTINEL_LIMIT_MS,
  })
}

const withTls = (tls: Tls | undefined) => tls && { tls }

/** The sentinels are servers of their own, with a login of their own. */
function watcherOptions({ watchers }: Extract<RedisTarget, { kind: 'sentinel' }>): RedisOptions {
  const { username, password } = watchers?.credentials ?? {}
  return {
    ...(username && { sentinelUsername: username }),
    ...(password && { sentinelPassword: password }),
    ...(watchers?.tls && { sentinelTLS: watchers.tls }),
  }
}

function openCluster(
  { nodes, credentials, tls }: Extract<RedisTarget, { kind: 'cluster' }>,
  options: RedisOptions,
): Cluster {
  const patient = options.maxRetriesPerRequest === null
  return new Cluster(nodes, {
    clusterRetryStrategy: () => RECONNECT_MS,
    enableOfflineQueue: options.enableOfflineQueue ?? true,
    redisOptions: { ...options, ...credentials, ...withTls(tls) },
    // By default, ioredis resolves the nodes' names itself and connects to addresses, which are not in their certificates.
    ...(tls && {
      dnsLookup: (host: string, done: (error: null, address: string) => void) => done(null, host),
    }),
    // Every reply from a node that does not own the slot counts as a redirection, and so does every failed connection to
    // the owner. While the owner is away, 16 redirections take 1 to 2 s. If the limit were that low, a push that was sent
    // meanwhile would count as failed and be sent again.
    ...(patient && {
      maxRedirections: Number.POSITIVE_INFINITY,
      retryDelayOnMoved: 50,
      retryDelayOnFailover: RECONNECT_MS,
      retryDelayOnClusterDown: RECONNECT_MS,
    }),
  })
}

/** Waits until commands can be sent, at most for the limit. Returns whether they can. A process also starts without Redis. */
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

/** Tells whether Redis answers a PING. Resolves within the limit and never rejects. */
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
