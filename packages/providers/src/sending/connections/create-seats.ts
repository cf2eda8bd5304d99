import type { Duplex } from 'node:stream'
import { createTimeLimit } from '../create-time-limit.ts'
import type { ConnectionError } from './open-connection.ts'

/** How long a connection may take to open before another one is tried as well. */
const ANOTHER_AFTER_MS = 1_000
/** How long a connection may take to open in all. */
const CONNECT_LIMIT_MS = 2_000
const another = createTimeLimit(ANOTHER_AFTER_MS)
const connectLimit = createTimeLimit(CONNECT_LIMIT_MS)

/** What a connection emits when its other end closes it, or it breaks. */
const ENDS = ['end', 'close', 'error'] as const

/** An open connection that is kept for one request. */
export interface Seat {
  kind: 'seat'
  /** Call it when the request has its connection, or there will be no request. May be repeated. */
  release(): void
}

/** No connection could be opened, so nothing was sent. `code`: the system's or Node's, or our CONNECT_TIMEOUT. */
export interface NotConnected {
  kind: 'notConnected'
  code: string
}

/** The connections to one server that are open before there is a request for them. */
export interface Seats {
  /**
   * Resolves as soon as a connection is open that is not meant for another request, or no connection could be opened. Never
   * rejects.
   */
  take(): Promise<Seat | NotConnected>
  hasSpare(): boolean
  /** Hands out a connection that is open and has had no request yet. */
  spare(): Duplex | undefined
  /** A connection may have become idle. */
  admit(): void
  /** Closes the connections that were opened before this instant, by performance.now(), and have had no request. */
  closeOlderThan(since: number): void
  /** Closes the connections that have had no request. Nobody gets a seat afterwards. */
  close(): void
}

/**
 * Opens connections before requests need them. A request that is given to a connection which is still being opened leaves when
 * it is open, however late that is, even if the call has ended meanwhile.
 *
 * @param options.open opens a connection. Rejects with a ConnectionError
 * @param options.idle how many connections are open and idle after a request
 * @param options.idleLimitMs a connection that has had no request for so long is closed
 */
export function createSeats(options: {
  open: (signal: AbortSignal) => Promise<Duplex>
  idle: () => number
  idleLimitMs: number
}): Seats {
  const { idle, idleLimitMs } = options
  /** The connections that have had no request, by age. `openedAt`: by performance.now(). */
  const spares = new Map<Duplex, { openedAt: number; takeOut(): void; end(): void }>()
  /** The connections that are being opened. */
  const opening = new Set<AbortController>()
  /** Those of them that have not taken long yet. */
  const hopeful = new Set<AbortController>()
  const waiting = new Set<(result: Seat | NotConnected) => void>()
  let promised = 0
  let isClosed = false

  const free = () => idle() + spares.size - promised

  function admit() {
    for (const settle of waiting) {
      if (free() <= 0) return
      settle(newSeat())
    }
  }

  function newSeat(): Seat {
    promised += 1
    let isHeld = true
    return {
      kind: 'seat',
      release() {
        if (!isHeld) return
        isHeld = false
        promised -= 1
        admit()
      },
    }
  }

  /** Opens as many connections as requests wait. One that takes long no longer counts. */
  function openMissing() {
    while (hopeful.size < waiting.size) open()
  }

  function open() {
    const attempt = new AbortController()
    opening.add(attempt)
    hopeful.add(attempt)
    const endAnother = another.start(() => {
      hopeful.delete(attempt)
      openMissing()
    })
    let isLate = false
    const endLimit = connectLimit.start(() => {
      isLate = true
      attempt.abort()
    })
    const end = () => {
      opening.delete(attempt)
      hopeful.delete(attempt)
      endAnother()
      endLimit()
    }
    const failed = ({ code = 'unknown' }: ConnectionError) => {
      end()
      // The request that has waited longest gets the failure, unless there is still a connection for each.
      if (hopeful.size >= waiting.size) return
      waiting
        .values()
        .next()
        .value?.({ kind: 'notConnected', code: isLate ? 'CONNECT_TIMEOUT' : code })
    }
    options.open(attempt.signal).then(socket => {
      end()
      keep(socket)
    }, failed)
  }

  function keep(socket: Duplex) {
    if (isClosed) return void socket.destroy()
    const end = () => {
      takeOut()
      socket.on('error', () => {})
      socket.destroy()
    }
    const takeOut = () => {
      clearTimeout(timer)
      spares.delete(socket)
      for (const event of ENDS) socket.off(event, end)
    }
    const timer = setTimeout(end, idleLimitMs).unref()
    for (const event of ENDS) socket.on(event, end)
    spares.set(socket, { openedAt: performance.now(), takeOut, end })
    admit()
  }

  return {
    take() {
      if (isClosed) return Promise.resolve({ kind: 'notConnected', code: 'CLOSED' })
      if (waiting.size === 0 && free() > 0) return Promise.resolve(newSeat())
      return new Promise(resolve => {
        const settle = (result: Seat | NotConnected) => {
          waiting.delete(settle)
          resolve(result)
        }
        waiting.add(settle)
        openMissing()
      })
    },
    hasSpare: () => spares.size > 0,
    spare() {
      const [first] = spares
      if (!first) return undefined
      const [socket, { takeOut }] = first
      takeOut()
      return socket
    },
    admit,
    closeOlderThan(since) {
      for (const { openedAt, end } of spares.values()) if (openedAt < since) end()
    },
    close() {
      isClosed = true
      for (const settle of waiting) settle({ kind: 'notConnected', code: 'CLOSED' })
      for (const { end } of spares.values()) end()
      for (const attempt of opening) attempt.abort()
    },
  }
}
