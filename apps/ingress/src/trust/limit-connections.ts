import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from '@ringer/service'
import type { Counter } from 'prom-client'
import { announcesBody } from '../http/announces-body.ts'
import type { IsProxy } from './create-is-proxy.ts'
import { networkOf } from './network-of.ts'

/** One address may hold a quarter of the connections, so that it cannot keep the others out. */
const SHARES = 4

/** How often the log says that a limit was reached, at most. */
const LOG_PAUSE_MS = 10_000

/** Connections that share a limit. */
interface Group {
  /** Whose connections they are. Absent: everybody's. */
  address?: string
  limit: number
  open: number
  /** Those on which no complete request is being answered, the one that has waited longest first. */
  waiting: Set<Socket>
  /** Until when the log says nothing about it. */
  quietUntil: number
}

/**
 * Limits how many connections are open at once, in all and for each address. A proxy has no limit of its own, because all of
 * its users share its address.
 *
 * Above a limit, the connection that has waited longest for a complete request is closed: idle ones, and those that send a
 * header or a body slowly or not at all. One whose request has arrived is never closed for another. If there are only such,
 * the new one is closed.
 */
export function limitConnections(
  server: Server,
  limits: { maxConnections: number; isProxy: IsProxy; dropped: Counter; log: Logger },
): void {
  const { maxConnections, isProxy, dropped, log } = limits
  const all = createGroup(maxConnections)
  const byAddress = new Map<string, Group>()
  const groupsOf = new Map<Socket, readonly Group[]>()

  server.on('connection', socket => {
    const groups = isProxy(socket.remoteAddress ?? '', 0) ? [all] : [groupAt(socket), all]
    groupsOf.set(socket, groups)
    for (const group of groups) {
      group.open += 1
      group.waiting.add(socket)
    }
    socket.once('close', () => leave(socket))
    for (const group of groups) makeRoom(group)
  })
  server.on('request', (request, response) => {
    const { socket } = request
    const stopWaiting = () => {
      for (const { waiting } of groupsOf.get(socket) ?? []) waiting.delete(socket)
    }
    if (announcesBody(request)) request.once('end', stopWaiting)
    else stopWaiting()
    response.once('close', () => {
      stopWaiting()
      for (const { waiting } of groupsOf.get(socket) ?? []) waiting.add(socket)
    })
  })

  function groupAt({ remoteAddress = '' }: Socket): Group {
    const address = networkOf(remoteAddress) ?? 'unknown'
    const group = byAddress.get(address) ?? createGroup(Math.ceil(maxConnections / SHARES), address)
    byAddress.set(address, group)
    return group
  }

  function leave(socket: Socket): void {
    for (const group of groupsOf.get(socket) ?? []) {
      group.open -= 1
      group.waiting.delete(socket)
      if (group.open === 0 && group.address !== undefined) byAddress.delete(group.address)
    }
    groupsOf.delete(socket)
  }

  function makeRoom(group: Group): void {
    const [longest] = group.waiting
    if (group.open <= group.limit || longest === undefined) return
    longest.destroy()
    leave(longest)
    dropped.inc()
    if (performance.now() < group.quietUntil) return
    group.quietUntil = performance.now() + LOG_PAUSE_MS
    const { address, limit } = group
    if (address === undefined)
      log.warn({ maxConnections }, 'too many connections (MAX_CONNECTIONS); some are closed')
    else
      log.warn(
        { address, limit },
        'too many connections from one address, which may have a quarter of MAX_CONNECTIONS; some are closed (if it is a proxy, set TRUST_PROXY)',
      )
  }
}

const createGroup = (limit: number, address?: string): Group => ({
  ...{ limit, open: 0, waiting: new Set<Socket>(), quietUntil: 0 },
  ...(address !== undefined && { address }),
})
