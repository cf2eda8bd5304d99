import type { ClientHttp2Session } from 'node:http2'

/**
 * How long a session has to answer: the ring that finds it dead leaves on a fresh one within 1 s. Counted in ticks, because
 * a process that was held up itself has not been listening.
 */
const TICK_MS = 100
const TICKS = 4

/**
 * Asks an open session whether the other end still answers, which no push may tell for seconds.
 * https://www.rfc-editor.org/rfc/rfc9113#name-ping
 */
export function pingSession(session: ClientHttp2Session): Promise<'alive' | 'silent' | 'closed'> {
  return new Promise(resolve => {
    let ticks = 0
    const settle = (answer: 'alive' | 'silent' | 'closed') => {
      clearInterval(timer)
      resolve(answer)
    }
    const timer = setInterval(() => {
      ticks += 1
      if (ticks >= TICKS) settle('silent')
    }, TICK_MS)
    session.ping(error => settle(error ? 'closed' : 'alive'))
  })
}
