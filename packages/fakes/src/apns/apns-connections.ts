import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { TokenUse } from './provider-tokens.ts'

export interface ApnsConnection {
  /** Counted from 1. */
  readonly number: number
  tokenUse: TokenUse | null
  /** Is told that a push was accepted, which lifts the first limit. */
  trust(): void
}

export interface ApnsConnections {
  open(session: ServerHttp2Session, number: number): ApnsConnection
  setStreamLimit(limit: number): void
}

const ignore = () => undefined

/**
 * Keeps the number of streams that each connection may have open: `initial` until its first accepted push, `later`
 * afterwards. nghttp2 refuses what is beyond (REFUSED_STREAM), as soon as the limit was sent.
 */
export function createApnsConnections(
  server: Http2SecureServer,
  limits: { initial: number; later: number },
): ApnsConnections {
  const sessions = new Map<ServerHttp2Session, { trusted: boolean }>()
  let { later } = limits
  const first = () => Math.min(limits.initial, later)
  const announce = (session: ServerHttp2Session, maxConcurrentStreams: number) => {
    if (!session.destroyed && !session.closed) session.settings({ maxConcurrentStreams }, ignore)
  }
  server.updateSettings({ maxConcurrentStreams: first() })
  return {
    open(session, number) {
      const state = { trusted: false }
      sessions.set(session, state)
      session.on('close', () => sessions.delete(session))
      return {
        number,
        tokenUse: null,
        trust() {
          if (state.trusted) return
          state.trusted = true
          if (first() !== later) announce(session, later)
        },
      }
    },
    setStreamLimit(limit) {
      later = limit
      server.updateSettings({ maxConcurrentStreams: first() })
      for (const [session, { trusted }] of sessions) announce(session, trusted ? later : first())
    },
  }
}
