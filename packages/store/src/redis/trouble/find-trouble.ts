import { Redis, type RedisOptions } from 'ioredis'
import type { Address, Credentials, RedisTarget, Tls } from '../target.ts'
import { explainError, type Reached } from './explain-error.ts'

const LIMIT_MS = 1_000

/** A server to look at, and how. */
interface Suspect {
  connect: (options: RedisOptions) => Redis
  reached: Reached
}

const REDIS_LOGIN = 'REDIS_USERNAME and REDIS_PASSWORD'
const SENTINEL_LOGIN = 'REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD'

/**
 * Looks for what keeps us from Redis: asks the servers of the target one after the other, each over a connection of its own, until
 * one answers. A silent one takes a second. ioredis keeps such reasons to itself: a Cluster or a sentinel "is closed".
 *
 * @returns the reason in one line, with the setting to correct. Undefined if Redis answers
 */
export async function findTrouble(target: RedisTarget): Promise<string | undefined> {
  if (target.kind === 'single') return look(singleSuspect(target), ping)
  if (target.kind === 'cluster') return findClusterTrouble(target)
  return findSentinelTrouble(target)
}

async function findClusterTrouble({ nodes, credentials, tls }: Extract<RedisTarget, { kind: 'cluster' }>) {
  const isCluster = async (node: Redis) => {
    const info = String(await node.cluster('SLOTS').then(() => node.call('CLUSTER', 'INFO')))
    return info.includes('cluster_state:ok') ? undefined : "the Cluster's state is not ok (CLUSTER INFO)"
  }
  return first(nodes, node => look(suspect(node, { credentials, tls, login: REDIS_LOGIN }), isCluster))
}

async function findSentinelTrouble(target: Extract<RedisTarget, { kind: 'sentinel' }>) {
  const { sentinels, name, credentials, tls, watchers } = target
  let master: Address | undefined
  const findMaster = async (sentinel: Redis) => {
    const found = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)
    if (!Array.isArray(found)) return 'the sentinels watch no master of the name in REDIS_SENTINEL_NAME'
    master = { host: String(found[0]), port: Number(found[1]) }
    return undefined
  }
  const trouble = await first(sentinels, sentinel =>
    look(
      suspect(sentinel, {
        credentials: watchers?.credentials ?? {},
        tls: watchers?.tls,
        login: SENTINEL_LOGIN,
      }),
      findMaster,
    ),
  )
  if (trouble || !master) return trouble
  return look(suspect(master, { credentials, tls, login: REDIS_LOGIN }), ping)
}

const ping = async (server: Redis) => {
  await server.ping()
  return undefined
}

/** Asks one server. Returns what the question found, or why it could not be asked. */
async function look(
  { connect, reached }: Suspect,
  ask: (server: Redis) => Promise<string | undefined>,
): Promise<string | undefined> {
  const server = connect({
    ...{ lazyConnect: true, retryStrategy: null, enableReadyCheck: false, maxRetriesPerRequest: 0 },
    ...{ connectTimeout: LIMIT_MS, commandTimeout: LIMIT_MS },
  })
  // The command only fails because "Connection is closed."; why it was closed is in this event.
  let cause: Error | undefined
  server.on('error', error => {
    cause ??= error
  })
  try {
    await server.connect()
    return await ask(server)
  } catch (error) {
    const shown = cause ?? error
    return explainError(shown instanceof Error ? shown : new Error(String(shown)), reached)
  } finally {
    server.disconnect()
  }
}

/** Returns undefined as soon as one server has no trouble, else the trouble of the first one. */
async function first(addresses: Address[], lookAt: (address: Address) => Promise<string | undefined>) {
  let trouble: string | undefined
  for (const address of addresses) {
    const found = await lookAt(address)
    if (found === undefined) return undefined
    trouble ??= found
  }
  return trouble
}

function singleSuspect({ url, tls }: Extract<RedisTarget, { kind: 'single' }>): Suspect {
  const { host, protocol } = new URL(url)
  return {
    connect: options => new Redis(url, { ...options, ...(tls && { tls }) }),
    reached: {
      server: host,
      usesTls: protocol === 'rediss:',
      hasCertificate: tls?.cert !== undefined,
      login: `the login in REDIS_URL, or ${REDIS_LOGIN}`,
      tlsOn: 'write rediss:// in REDIS_URL',
      tlsOff: 'write redis:// in REDIS_URL',
    },
  }
}

function suspect(
  { host, port }: Address,
  { credentials, tls, login }: { credentials: Credentials; tls: Tls | undefined; login: string },
): Suspect {
  const isSentinel = login === SENTINEL_LOGIN
  const setting = isSentinel ? 'REDIS_SENTINEL_TLS' : 'REDIS_TLS'
  const { username, password } = credentials
  return {
    connect: options =>
      new Redis({
        ...{ ...options, host, port },
        ...(username && { username }),
        ...(password && { password }),
        ...(tls && { tls }),
      }),
    reached: {
      server: `${isSentinel ? 'the sentinel ' : ''}${host}:${port}`,
      usesTls: tls !== undefined,
      hasCertificate: tls?.cert !== undefined,
      login,
      tlsOn: `set ${setting}=true`,
      tlsOff: `set ${setting}=false`,
    },
  }
}
