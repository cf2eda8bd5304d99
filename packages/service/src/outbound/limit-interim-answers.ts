import type { ClientRequest } from 'node:http'

/** Servers that we know send none before the answer to a POST. */
const MOST = 5

/** The code of the error of a request that got more. */
const TOO_MANY = 'ETOOMANYINTERIM'

/**
 * Breaks a request if its server sends one interim answer (1xx) after the other. Node reads them without a limit until the final
 * answer comes: each connection on which a hostile server does so would keep a processor half busy.
 * https://www.rfc-editor.org/rfc/rfc9110#section-15.2
 */
export function limitInterimAnswers(request: ClientRequest): void {
  let count = 0
  request.on('information', () => {
    count += 1
    if (count > MOST) request.destroy(Object.assign(new Error(TOO_MANY), { code: TOO_MANY }))
  })
}
