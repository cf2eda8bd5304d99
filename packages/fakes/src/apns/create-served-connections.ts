import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { TokenUse } from './create-provider-tokens.ts'

export interface ServedConnection {
  /** Counts from 1. */
  readonly number: number
  tokenUse: TokenUse | null
  /** The id of the key that its first accepted provider token was signed with. */
  keyId: string | null
  /** Call this when a push was accepted: it lifts the initial stream limit. */
  trust(): void
}

export interface ServedConnections {
  open(session: ServerHttp2Session, number: number): ServedConnection
  setStreamLimit(limit: number): void
  goaway(number?: number): void
  /** How many PINGs have arrived on a connection. */
  pings(number: number): number
}

const ignore = () => undefined

/**
 * Manages how many streams each connection may have open: `initial` until its first accepted push, then `later`. nghttp2
 * refuses streams above the limit (REFUSED_STREAM) as soon as the limit was sent.
 */
export function createServedConnections(
  server: Http2SecureServer,
  limits: { initial: number; later: number },
): ServedConnections {
  const sessions = new Map<ServerHttp2Session, { number: number; trusted: boolean }>()
  const pings = new Map<number, number>()
  let { later } = limits
  const initial = () => Math.min(limits.initial, later)
  const announce = (session: ServerHttp2Session, maxConcurrentStreams: number) => {
    if (!session.destroyed && !session.closed) session.settings({ maxConcurrentStreams }, ignore)
  }
  server.updateSettings({ maxConcurrentStreams: initial() })
  return {
    open(session, number) {
      const state = { number, trusted: false }
      sessions.set(session, state)
      session.on('ping', () => pings.set(number, (pings.get(number) ?? 0) + 1))
      session.on('close', () => sessions.delete(session))
      return {
        number,
        tokenUse: null,
        keyId: null,
        trust() {
          if (state.trusted) return
          state.trusted = true
          if (initial() !== later) announce(session, later)
        },
      }
    },
    setStreamLimit(limit) {
      later = limit
      server.updateSettings({ maxConcurrentStreams: initial() })
      for (const [session, { trusted }] of sessions) announce(session, trusted ? later : initial())
    },
    goaway(only) {
      for (const [session, { number }] of sessions) {
        if (only === undefined || only === number) session.close()
      }
    },
    pings: number => pings.get(number) ?? 0,
  }
}
