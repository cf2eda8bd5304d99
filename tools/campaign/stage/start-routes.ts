import { type FakePushServer, type Relay, startRelay } from '@ringer/fakes'
import type { ProviderName } from '../plan/plan.ts'

const HOST = '127.0.0.1'

/** Who sent a push: a worker by its number, on a connection by its id. */
export interface Sender {
  worker: number
  connection: string
}

/** The networks between the workers and one provider: one for each worker, so that one can fail alone. */
export interface Routes {
  /** The provider's URL for each worker. */
  readonly urls: readonly string[]
  /** The network of one worker. */
  of(worker: number): Relay
  /** Who opened the connection that the provider sees come from this port. */
  senderAt(port: number | null): Sender | undefined
  /** When the worker closed a connection, or it was cut, by the connection's id. */
  readonly ends: ReadonlyMap<string, number>
  /** Freezes the connections of all workers. */
  freeze(options: { newConnections: boolean }): void
  /** Freezes every second open connection, the first one or the second one and so on. Returns their ids. */
  freezeHalf(which: 'odd' | 'even'): string[]
  thaw(): void
  refuseConnections(): void
  acceptConnections(): Promise<void>
  dropConnections(): void
  close(): Promise<void>
}

export async function startRoutes(
  provider: ProviderName,
  { url, port: upstreamPort }: Pick<FakePushServer<never>, 'url' | 'port'>,
  workers: number,
): Promise<Routes> {
  /** A port may be used again; then it belongs to the newest connection. */
  const senders = new Map<number, Sender>()
  const open = new Set<string>()
  const ends = new Map<string, number>()
  const idOf = (worker: number, number: number) => `${provider} ${worker}/${number}`

  const start = (worker: number) =>
    startRelay({
      ...{ host: HOST, port: 0, upstreamPort },
      listener: {
        opened(number, port) {
          const connection = idOf(worker, number)
          senders.set(port, { worker, connection })
          if (!ends.has(connection)) open.add(connection)
        },
        ended(number) {
          open.delete(idOf(worker, number))
          ends.set(idOf(worker, number), Date.now())
        },
      },
    })
  const relays = await Promise.all(Array.from({ length: workers }, (_, worker) => start(worker)))
  const each = (act: (relay: Relay) => void) => () => {
    for (const relay of relays) act(relay)
  }

  return {
    urls: relays.map(({ port }) => `${new URL(url).protocol}//${HOST}:${port}`),
    of(worker) {
      const relay = relays[worker]
      if (!relay) throw new RangeError(`there is no worker ${worker}`)
      return relay
    },
    senderAt: port => senders.get(port ?? 0),
    ends,
    freeze(options) {
      for (const relay of relays) relay.freeze(options)
    },
    freezeHalf(which) {
      const rest = which === 'odd' && open.size > 1 ? 1 : 0
      const half = [...open].filter((_, index) => index % 2 === rest)
      for (const [worker, relay] of relays.entries()) {
        relay.freeze({ only: number => half.includes(idOf(worker, number)) })
      }
      return half
    },
    thaw: each(relay => relay.thaw()),
    refuseConnections: each(relay => relay.refuseConnections()),
    async acceptConnections() {
      await Promise.all(relays.map(relay => relay.acceptConnections()))
    },
    dropConnections: each(relay => relay.dropConnections()),
    async close() {
      await Promise.all(relays.map(relay => relay.close()))
    },
  }
}
