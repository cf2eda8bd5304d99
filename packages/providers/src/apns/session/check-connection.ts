import type { ClientHttp2Session } from 'node:http2'
import type { ApnsAnswer } from '../classify-response.ts'

export const silence: ApnsAnswer = { kind: 'broken', by: 'us', reason: 'the connection does not answer' }

/**
 * Asks Apple for an answer without a push, by a PING. Resolves with true if it comes, otherwise with how the connection
 * broke. Never rejects. Has no limit: destroy the session to end it.
 */
export function checkConnection(session: ClientHttp2Session): Promise<true | ApnsAnswer> {
  return new Promise(resolve => {
    const ping = () => {
      if (session.destroyed) resolve(silence)
      else session.ping(error => resolve(error ? silence : true))
    }
    // The session itself reports neither an error nor its end when Apple refuses a certificate by a TLS alert.
    session.socket.once('error', ({ message, code }: NodeJS.ErrnoException) =>
      resolve({ kind: 'broken', by: 'node-apn', message, code }),
    )
    session.once('close', () => resolve(silence))
    if (session.connecting) session.once('connect', ping)
    else ping()
  })
}
