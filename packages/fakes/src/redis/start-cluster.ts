import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'
import { pollUntil } from './poll-until.ts'
import { adminTls, type ServerTls } from './server-tls.ts'
import { closeAll } from './start-own-server.ts'
import { type RedisServer, requireRedisServer, startRedisServer } from './start-redis-server.ts'

export interface ClusterOptions {
  /** Whether each master has a replica, which takes over when the master is down for a second. Default: false. */
  replicas?: boolean
  /** More arguments for every node. */
  args?: readonly string[]
  /** Makes every node speak only TLS, with these certificates. Not with replicas. */
  tls?: ServerTls
}

/** A Cluster of three masters that share the slots. */
export interface RedisCluster {
  nodes: { host: string; port: number }[]
  masters: readonly RedisServer[]
  /** The master that had the slot of this key at the start. */
  ownerOf(key: string): Promise<RedisServer>
  /** Sends SIGKILL. */
  kill(node: RedisServer): Promise<void>
  /** Moves the slot of this key, with all its keys, to another master. Clients learn of it by a MOVED answer. */
  moveSlot(key: string, to: RedisServer): Promise<void>
  close(): Promise<void>
}

const MASTERS = 3
const SLOTS = 16_384
const SLOTS_EACH = Math.ceil(SLOTS / MASTERS)
/** The other nodes consider a node down after this long without an answer. */
const NODE_TIMEOUT_MS = 1_000
const READY_MS = 20_000

/** The Cluster bus, on which the nodes talk to each other, uses each node's port + 10,000. */
const BUS_OFFSET = 10_000
const MAX_PORT = 65_535

/**
 * Starts the nodes on free ports of loopback and joins them. Resolves when all of them serve. The other slots are still
 * served when a slot has no node (`cluster-require-full-coverage no`).
 */
export async function startCluster({
  replicas = false,
  args = [],
  tls,
}: ClusterOptions = {}): Promise<RedisCluster> {
  const binary = requireRedisServer()
  const settings = [
    ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'],
    ...['--cluster-node-timeout', String(NODE_TIMEOUT_MS), '--cluster-require-full-coverage', 'no'],
    ...['--repl-diskless-sync-delay', '0'],
    ...(tls ? ['--tls-cluster', 'yes'] : []),
    ...args,
  ]
  const started: RedisServer[] = []
  const on = createAskNode(tls)
  try {
    for (let node = 0; node < MASTERS * (replicas ? 2 : 1); node += 1) {
      started.push(await startRedisServer(binary, settings, { choosePort: freePortWithBus, tls }))
    }
    await join(started, on)
  } catch (error) {
    await closeAll(started)
    throw error
  }
  const masters = started.slice(0, MASTERS)
  return {
    nodes: started.map(({ port }) => ({ host: '127.0.0.1', port })),
    masters,
    async ownerOf(key) {
      const slot = await on(masters[0], node => node.cluster('KEYSLOT', key))
      const owner = masters[Math.floor(slot / SLOTS_EACH)]
      if (!owner) throw new Error(`no node for slot ${slot}`)
      return owner
    },
    kill: node => node.kill(),
    moveSlot: (key, to) => moveSlot(masters, key, to, on),
    close: () => closeAll(started),
  }
}

async function freePortWithBus(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port + BUS_OFFSET > MAX_PORT) continue
    const busIsFree = await freePort(port + BUS_OFFSET).then(
      () => true,
      () => false,
    )
    if (busIsFree) return port
  }
}

/** Does what `redis-cli --cluster create` does, without its pauses of a second each. */
async function join(servers: readonly RedisServer[], on: AskNode): Promise<void> {
  const [first, ...others] = servers
  for (const [index, server] of servers.entries()) {
    await on(server, async node => {
      await node.cluster('SET-CONFIG-EPOCH', index + 1)
      if (index >= MASTERS) return
      const from = index * SLOTS_EACH
      const slots = Array.from({ length: Math.min(SLOTS_EACH, SLOTS - from) }, (_, slot) => from + slot)
      await node.cluster('ADDSLOTS', ...slots)
    })
  }
  await on(first, async node => {
    for (const { port } of others) await node.cluster('MEET', '127.0.0.1', port)
  })
  const waitForAll = (what: string, isMet: (node: Redis) => Promise<boolean>, nodes = servers) =>
    pollUntil(what, READY_MS, async () =>
      (await Promise.all(nodes.map(node => on(node, isMet)))).every(Boolean),
    )
  await waitForAll('the nodes know each other', async node => {
    const info = String(await node.cluster('INFO'))
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${servers.length}`)
  })
  const replicas = servers.slice(MASTERS)
  for (const [index, replica] of replicas.entries()) {
    const master = await on(servers[index], node => node.cluster('MYID'))
    await on(replica, node => node.call('CLUSTER', 'REPLICATE', String(master)))
  }
  const isInSync = async (node: Redis) => (await node.info()).includes('master_link_status:up')
  await waitForAll('the replicas are in sync', isInSync, replicas)
  await waitForAll('every node knows the replicas', async node => {
    const nodes = String(await node.cluster('NODES'))
    return nodes.split('slave ').length === replicas.length + 1
  })
}

/**
 * Moves a slot as the specification of Redis Cluster describes: marks it on both nodes, migrates its keys, and then
 * announces the new owner to every master.
 */
async function moveSlot(
  masters: readonly RedisServer[],
  key: string,
  to: RedisServer,
  on: AskNode,
): Promise<void> {
  const slot = await on(to, node => node.cluster('KEYSLOT', key))
  const ids = await Promise.all(masters.map(server => on(server, node => node.cluster('MYID'))))
  const from = masters[Math.floor(slot / SLOTS_EACH)]
  const [source, target] = [ids[from ? masters.indexOf(from) : -1], ids[masters.indexOf(to)]]
  await on(to, node => node.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(source)))
  await on(from, async node => {
    await node.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(target))
    for (;;) {
      const keys = (await node.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]
      if (keys.length === 0) break
      await node.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys)
    }
  })
  for (const server of [to, ...masters.filter(master => master !== to)]) {
    await on(server, node => node.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(target)))
  }
}

/** Runs commands on one node, over a connection of its own. */
type AskNode = <T>(server: RedisServer | undefined, ask: (node: Redis) => Promise<T>) => Promise<T>

const createAskNode =
  (tls: ServerTls | undefined): AskNode =>
  async (server, ask) => {
    const node = new Redis(server?.url ?? '', { retryStrategy: null, ...adminTls(tls) })
    node.on('error', () => undefined)
    try {
      return await ask(node)
    } finally {
      node.disconnect()
    }
  }
