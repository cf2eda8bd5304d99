import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { pollUntil } from './poll-until.ts'
import { adminTls, type ServerTls, tlsArgs } from './server-tls.ts'
import { closeAll, type OwnServer, startOwnServer } from './start-own-server.ts'
import { type RedisServer, requireRedisServer, startRedisServer } from './start-redis-server.ts'

export interface SentinelsOptions {
  /** How many sentinels watch the master. A majority of them decides. Default: 1. */
  sentinels?: 1 | 3
  /** More arguments for both Redis servers. */
  args?: readonly string[]
  /** Makes the sentinels and the servers speak only TLS, with these certificates. */
  tls?: ServerTls
  /** The password of the sentinels themselves. Only for one sentinel. */
  sentinelPassword?: string
  /** The password of the servers, which the sentinels know. */
  serverPassword?: string
}

/** A master, its replica, and sentinels that promote the replica when the master is down for a second. */
export interface Sentinels {
  /** The sentinels' name for the master. */
  name: string
  sentinels: { host: string; port: number }[]
  /** The two Redis servers. At the start the first is the master. */
  servers: readonly [RedisServer, RedisServer]
  /** The sentinels' processes, in the order of `sentinels`. A sentinel does not vote for 30 s after it was frozen. */
  watchers: readonly OwnServer[]
  /** Sends SIGKILL to the server that was the master at the start. */
  killMaster(): Promise<void>
  /** Stops replication: what is written after this never reaches the replica, and is lost if the master dies. */
  stopReplication(): Promise<void>
  /** The port of the server that the sentinels consider the master. */
  masterPort(): Promise<number>
  close(): Promise<void>
}

const NAME = 'ringer-test'
const DOWN_AFTER_MS = 1_000
/** A failover that did not succeed is tried again after this long. */
const FAILOVER_TIMEOUT_MS = 3_000
const READY_MS = 15_000

/** Starts them on free ports of loopback; resolves when every sentinel knows the replica and the other sentinels. */
export async function startSentinels({
  sentinels: count = 1,
  args = [],
  tls,
  sentinelPassword,
  serverPassword,
}: SentinelsOptions = {}): Promise<Sentinels> {
  const ask = createAskServer(tls, sentinelPassword)
  const login = serverPassword ? ['--requirepass', serverPassword, '--masterauth', serverPassword] : []
  const binary = requireRedisServer()
  const started: OwnServer[] = []
  const own = <S extends OwnServer>(server: S): S => {
    started.push(server)
    return server
  }
  // By default a master delays replication for some seconds, so that more replicas can synchronise together.
  const eager = ['--repl-diskless-sync-delay', '0', ...login, ...args]
  try {
    const master = own(await startRedisServer(binary, eager, { tls }))
    const follow = ['--replicaof', '127.0.0.1', String(master.port)]
    const replica = own(await startRedisServer(binary, [...eager, ...follow], { tls }))
    const watchers = await Promise.all(
      Array.from({ length: count }, async () =>
        own(
          await startSentinel(binary, {
            masterPort: master.port,
            count,
            tls,
            sentinelPassword,
            serverPassword,
          }),
        ),
      ),
    )
    const ports = watchers.map(({ port }) => port)
    await pollUntil('the sentinels know the replica and each other', READY_MS, async () => {
      const settled = await Promise.all(ports.map(port => ask(port, sentinel => isSettled(sentinel, count))))
      return settled.every(Boolean)
    })
    return {
      name: NAME,
      sentinels: ports.map(port => ({ host: '127.0.0.1', port })),
      servers: [master, replica],
      watchers,
      killMaster: () => master.kill(),
      stopReplication: () => stopReplication(master.port, replica.port, createAskServer(tls, serverPassword)),
      masterPort: () => ask(ports[0] ?? 0, readMasterPort),
      close: () => closeAll(started),
    }
  } catch (error) {
    await closeAll(started)
    throw error
  }
}

/** Starts a sentinel with a configuration file of its own, because it writes what it learns to that file. */
function startSentinel(
  binary: string,
  { masterPort, count, tls, sentinelPassword, serverPassword }: SentinelSettings,
): Promise<OwnServer> {
  return startOwnServer({
    binary,
    readyWords: 'Sentinel ID is',
    args(port, folder) {
      const path = join(folder, 'sentinel.conf')
      const lines = [
        `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} ${Math.ceil((count + 1) / 2)}`,
        `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${NAME} ${FAILOVER_TIMEOUT_MS}`,
        ...(serverPassword ? [`sentinel auth-pass ${NAME} ${serverPassword}`] : []),
        ...(sentinelPassword ? [`requirepass ${sentinelPassword}`] : []),
      ]
      if (!existsSync(path)) writeFileSync(path, `${lines.join('\n')}\n`)
      const listen = tls ? tlsArgs(tls, port, folder) : ['--port', String(port)]
      return [path, '--sentinel', '--bind', '127.0.0.1', ...listen, '--dir', folder]
    },
  })
}

interface SentinelSettings extends Pick<SentinelsOptions, 'tls' | 'sentinelPassword' | 'serverPassword'> {
  masterPort: number
  count: number
}

/** Whether a sentinel knows the other sentinels and an in-sync replica. Before that it cannot fail over. */
async function isSettled(sentinel: Redis, count: number): Promise<boolean> {
  const [master, replicas] = await Promise.all([
    sentinel.call('SENTINEL', 'MASTER', NAME).then(toRecord),
    sentinel.call('SENTINEL', 'REPLICAS', NAME).then(list => (list as unknown[]).map(toRecord)),
  ])
  return (
    master['num-other-sentinels'] === String(count - 1) &&
    replicas[0]?.['master-link-status'] === 'ok' &&
    replicas[0]?.flags === 'slave'
  )
}

/** Gives the replica a user that the master does not know, and disconnects it: it cannot log in again. */
async function stopReplication(masterPort: number, replicaPort: number, ask: AskServer): Promise<void> {
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

/** Runs commands on the server at this port, over a connection of its own. */
type AskServer = <T>(port: number, question: (server: Redis) => Promise<T>) => Promise<T>

const createAskServer =
  (tls: ServerTls | undefined, password: string | undefined): AskServer =>
  async (port, question) => {
    const server = new Redis({
      ...{ host: '127.0.0.1', port, retryStrategy: null, enableReadyCheck: false },
      ...(password && { password }),
      ...adminTls(tls),
    })
    server.on('error', () => undefined)
    try {
      return await question(server)
    } finally {
      server.disconnect()
    }
  }

/** Converts a sentinel's answer, a flat list in which names and values alternate. */
function toRecord(reply: unknown): Record<string, string> {
  const flat = reply as string[]
  const entries = flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? ''] as const] : []))
  return Object.fromEntries(entries)
}
