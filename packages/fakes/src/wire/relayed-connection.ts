import type { Socket } from 'node:net'

/** One client's connection and the one to the server that belongs to it. */
export interface RelayedConnection {
  number: number
  client: Socket
  clientPort: number | undefined
  upstream: Socket
  frozen: boolean
  /** Work queued while the connection is frozen. */
  later: (() => void)[]
  hasEnded: boolean
}

/** Passes bytes and ends on in one direction, each after `delayMs()`, and not while the connection is frozen. */
export function forward(
  connection: RelayedConnection,
  from: Socket,
  to: Socket,
  delayMs: () => number,
): void {
  const inTurn = createTurns(delayMs)
  const pass = (act: () => void) => inTurn(() => whenThawed(connection, act))
  from.on('data', chunk =>
    pass(() => {
      if (!to.write(chunk)) from.pause()
    }),
  )
  to.on('drain', () => {
    if (!connection.frozen) from.resume()
  })
  // A paused socket still emits 'end'.
  from.on('end', () => pass(() => to.end()))
  // Errors are handled by the 'close' event that follows.
  from.on('error', () => undefined)
  from.on('close', hadError => pass(() => (hadError ? to.resetAndDestroy() : to.destroySoon())))
}

/** Runs work after a delay, in the order in which it was given even if the delay changes; at once without a delay. */
function createTurns(delayMs: () => number): (act: () => void) => void {
  const waiting: (() => void)[] = []
  let dueAt = 0
  return act => {
    const now = performance.now()
    dueAt = Math.max(dueAt, now + delayMs())
    if (waiting.length === 0 && dueAt <= now) return act()
    waiting.push(act)
    setTimeout(() => waiting.shift()?.(), dueAt - now)
  }
}

/** Acts now, or when the connection is thawed. */
export function whenThawed(connection: RelayedConnection, act: () => void): void {
  if (connection.frozen) connection.later.push(act)
  else act()
}

/** Passes nothing on from now on: no byte, no FIN and no RST. */
export function freeze(connection: RelayedConnection): void {
  connection.frozen = true
  connection.client.pause()
  connection.upstream.pause()
}

/** Passes on everything that came while it was frozen. */
export function thaw(connection: RelayedConnection): void {
  connection.frozen = false
  connection.client.resume()
  connection.upstream.resume()
  for (const act of connection.later.splice(0)) act()
}
