import type { FakeDevices } from './fake-device.ts'
import type { FaultOrders, OrderScope } from './fault-orders.ts'
import type { PushLog } from './push-log.ts'
import type { ReceivedPush } from './received-push.ts'
import type { Relay } from './relay.ts'

/** What the stand-ins for APNs and FCM have in common. */
export interface FakePushServer<F> {
  /** Without a slash at its end, by the name that its certificate carries. */
  readonly url: string
  readonly port: number
  readonly devices: FakeDevices
  /** Every request that was read to its end, in that order; grows as they arrive. */
  readonly received: readonly ReceivedPush[]
  /** Those that were accepted, of all devices or of one. */
  accepted(token?: string): ReceivedPush[]
  /** How often this device was rung. */
  acceptedCount(token: string): number
  /** Forgets what was received; connections and orders stay. */
  clearReceived(): void
  /** Is told of every request that enters `received`, accepted or not. Returns what ends it. */
  onPush(listener: (push: ReceivedPush) => void): () => void
  /**
   * Resolves with `received` as soon as the predicate holds for it, asked now and at every arrival.
   * Rejects after `timeoutMs` (5000), or when the server closes, saying what was received.
   */
  waitFor(
    predicate: (received: readonly ReceivedPush[]) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<readonly ReceivedPush[]>
  /** Orders a fault for the next pushes that match; invalid requests are refused as ever, and use up nothing. */
  order(fault: F, scope?: OrderScope): void
  clearOrders(): void
  /** Existing connections go silent: nothing read, nothing answered, no FIN. New ones too with `newConnections`. */
  freeze(options?: { newConnections?: boolean }): void
  /** Ends the silence: what had been sent meanwhile is read and answered now. */
  thaw(): void
  /** New connections are refused (ECONNREFUSED); existing ones go on. */
  refuseConnections(): void
  /** Listens again, on the same port. */
  acceptConnections(): Promise<void>
  /** Cuts every connection with a TCP reset. */
  dropConnections(): void
  /** Open now. One whose end cannot be noticed, being frozen, counts as open. */
  readonly connections: number
  readonly connectionsTotal: number
  /** Cuts what is open and ends. Never waits for anybody. */
  close(): Promise<void>
}

/** Makes the one interface of the parts that both stand-ins consist of. */
export function createFakePushServer<F>(parts: {
  url: string
  devices: FakeDevices
  log: PushLog
  orders: FaultOrders<F>
  relay: Relay
  close: () => Promise<void>
}): FakePushServer<F> {
  const { url, devices, log, orders, relay } = parts
  let closing: Promise<void> | null = null
  return {
    url,
    port: relay.port,
    devices,
    received: log.received,
    accepted: log.accepted,
    acceptedCount: log.acceptedCount,
    clearReceived: log.clear,
    onPush: log.onPush,
    waitFor: log.waitFor,
    order: orders.order,
    clearOrders: orders.clear,
    freeze: relay.freeze,
    thaw: relay.thaw,
    refuseConnections: relay.refuseConnections,
    acceptConnections: relay.acceptConnections,
    dropConnections: relay.dropConnections,
    get connections() {
      return relay.connections
    },
    get connectionsTotal() {
      return relay.connectionsTotal
    },
    close() {
      closing ??= (async () => {
        log.close()
        await relay.close()
        await parts.close()
      })()
      return closing
    },
  }
}
