import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { closeAll } from './close-all.ts'
import { pollUntil } from './poll-until.ts'
import { type RedisServer, startRedisServer } from './redis-server.ts'
import { requireRedisServer } from './require-redis-server.ts'
import { type OwnServer, startOwnServer } from './start-own-server.ts'

export interface SentinelsOptions {
  /** How many watch the master; a majority of them decides. 1 unless told. */
  sentinels?: 1 | 3
  /** More arguments for both Redis servers. */
  args?: readonly string[]
}

/** A master, its replica, and the sentinels that make the replica master when the master is gone for a second. */
export interface Sentinels {
  /** The name under which the sentinels know the master. */
  name: string
  sentinels: { host: string; port: number }[]
  /** The two Redis servers; the first is the master at the start. */
  servers: readonly [RedisServer, RedisServer]
  /** The sentinels' processes, as listed in `sentinels`. One that was frozen votes for nothing for half a minute. */
  watchers: readonly OwnServer[]
  /** SIGKILL to the server that is the master at the start. */
  killMaster(): Promise<void>
  /** What is written from now on never reaches the replica, which stays what it is: it is lost with the master. */
  stopReplication(): Promise<void>
  /** The port of the server that the sentinels call the master. */
  masterPort(): Promise<number>
  close(): Promise<void>
}

const NAME = 'ringer-test'
const DOWN_AFTER_MS = 1_000
/** After this a fail-over that did not come about is tried again. */
const FAILOVER_TIMEOUT_MS = 3_000
const READY_MS = 15_000

/** Starts all of it on loopback, on free ports; resolves when every sentinel knows the replica and the others. */
export async function startSentinels({ sentinels: count = 1, args = [] }: SentinelsOptions = {}) {
  const binary = requireRedisServer()
  const started: OwnServer[] = []
  const own = <S extends OwnServer>(server: S): S => {
    started.push(server)
    return server
  }
  // Without the delay that a master waits for more replicas to synchronise at once.
  const eager = ['--repl-diskless-sync-delay', '0', ...args]
  try {
    const master = own(await startRedisServer(binary, eager))
    const follow = ['--replicaof', '127.0.0.1', String(master.port)]
    const replica = own(await startRedisServer(binary, [...eager, ...follow]))
    const watchers = await Promise.all(
      Array.from({ length: count }, async () => own(await startSentinel(binary, master.port, count))),
    )
    const ports = watchers.map(({ port }) => port)
    await pollUntil('the sentinels know the replica and one another', READY_MS, async () => {
      const settled = await Promise.all(ports.map(port => isSettled(port, count)))
      return settled.every(Boolean)
    })
    return {
      name: NAME,
      sentinels: ports.map(port => ({ host: '127.0.0.1', port })),
      servers: [master, replica],
      watchers,
      killMaster: () => master.kill(),
      stopReplication: () => stopReplication(master.port, replica.port),
      masterPort: () => ask(ports[0] ?? 0, readMasterPort),
      close: () => closeAll(started),
    } satisfies Sentinels as Sentinels
  } catch (error) {
    await closeAll(started)
    throw error
  }
}

/** A sentinel keeps what it learns in its configuration, so it is given one to write to. */
function startSentinel(binary: string, masterPort: number, count: number): Promise<OwnServer> {
  return startOwnServer({
    binary,
    readyWords: 'Sentinel ID is',
    args(port, folder) {
      const path = join(folder, 'sentinel.conf')
      const lines = [
        `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} ${Math.ceil((count + 1) / 2)}`,
        `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
      ]
      if (!existsSync(path)) writeFileSync(path, `${lines.join('\n')}\n`)
      return [path, '--sentinel', '--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
    },
  })
}

/** Whether a sentinel has seen the replica, in sync, and the other sentinels: before that it would not fail over. */
const isSettled = (port: number, count: number) =>
  ask(port, async sentinel => {
    const [master, replicas] = await Promise.all([
      sentinel.call('SENTINEL', 'MASTER', NAME).then(toRecord),
      sentinel.call('SENTINEL', 'REPLICAS', NAME).then(list => (list as unknown[]).map(toRecord)),
    ])
    return (
      master['num-other-sentinels'] === String(count - 1) &&
      replicas[0]?.['master-link-status'] === 'ok' &&
      replicas[0]?.flags === 'slave'
    )
  })

/** The replica is sent away, and comes back as a user whom the master does not know. */
async function stopReplication(masterPort: number, replicaPort: number): Promise<void> {
  await ask(replicaPort, async replica => {
    await replica.config('SET', 'masteruser', 'nobody', 'masterauth', 'nothing')
    await ask(masterPort, master => master.call('CLIENT', 'KILL', 'TYPE', 'replica'))
    await pollUntil('replication has stopped', READY_MS, async () =>
      (await replica.info('replication')).includes('master_link_status:down'),
    )
  })
}

async function readMasterPort(sentinel: Redis): Promise<number> {
  const [, port] = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [string, string]
  return Number(port)
}

async function ask<T>(port: number, question: (server: Redis) => Promise<T>): Promise<T> {
  const server = new Redis({ host: '127.0.0.1', port, retryStrategy: null, enableReadyCheck: false })
  server.on('error', () => undefined)
  try {
    return await question(server)
  } finally {
    server.disconnect()
  }
}

/** A sentinel answers with names and values in turn. */
function toRecord(reply: unknown): Record<string, string> {
  const flat = reply as string[]
  const entries = flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : []))
  return Object.fromEntries(entries)
}
