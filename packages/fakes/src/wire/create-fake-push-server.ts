import type { FaultOrders, OrderScope, Rule } from './create-fault-orders.ts'
import type { PushLog } from './create-push-log.ts'
import type { FakeDevices } from './fake-device.ts'
import type { ReceivedPush } from './received-push.ts'
import type { FreezeOptions, Relay } from './start-relay.ts'

/** The common interface of the stand-ins for APNs and FCM. */
export interface FakePushServer<F> {
  /** Has a host name that the certificate covers, and no slash at the end. */
  readonly url: string
  readonly port: number
  readonly devices: FakeDevices
  /** Every POST for a push whose body was read completely, in that order. Grows as requests arrive. */
  readonly received: readonly ReceivedPush[]
  /** The accepted requests, of all devices or of one. */
  accepted(token?: string): ReceivedPush[]
  /** How many pushes to this device were accepted. */
  acceptedCount(token: string): number
  /** Empties `received`. Connections and orders stay. */
  clearReceived(): void
  /** Calls the listener for every request added to `received`, accepted or not. Returns a function that stops it. */
  onPush(listener: (push: ReceivedPush) => void): () => void
  /**
   * Resolves with `received` as soon as the predicate is true; it is checked now and after every arrival.
   * Rejects after `timeoutMs` (default: 5000) or when the server closes. The error lists what was received.
   */
  waitFor(
    predicate: (received: readonly ReceivedPush[]) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<readonly ReceivedPush[]>
  /** Orders a fault for the next pushes that match. Invalid requests are refused as usual and use up no order. */
  order(fault: F, scope?: OrderScope): void
  /** Sets what happens to the pushes that no order matches, until it is set again. null: they are answered as usual. */
  setRule(rule: Rule<F> | null): void
  /** Ends all orders and the rule. */
  clearOrders(): void
  /** Silences open connections: nothing is read, answered or closed (no FIN). `newConnections` silences new ones too. */
  freeze(options?: FreezeOptions): void
  /** Ends the silence: reads and answers what was sent meanwhile. */
  thaw(): void
  /** Refuses new connections (ECONNREFUSED). Open ones keep working. */
  refuseConnections(): void
  /** Listens again on the same port. */
  acceptConnections(): Promise<void>
  /** Cuts every connection with a TCP reset. */
  dropConnections(): void
  /** How many are open now. A frozen connection counts as open, because its end cannot be noticed. */
  readonly connections: number
  readonly connectionsTotal: number
  /** Cuts open connections and closes the server, without waiting for any client. */
  close(): Promise<void>
}

/** Combines the parts that both stand-ins consist of into their common interface. */
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
    setRule: orders.setRule,
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

/** Adds members to an object. Getters stay getters: `Object.assign` would copy their present value. */
export function withMembers<Base extends object, More extends object>(base: Base, more: More): Base & More {
  return Object.defineProperties(base, Object.getOwnPropertyDescriptors(more)) as Base & More
}
