import type { ClientRequest } from 'node:http'
import { ProxyError } from '@ringer/service'

/** How a probe ended: true if the server answered. If it is known why not (a proxy refused the connection), a sentence about it. */
export type ProbeResult = true | string | undefined

/**
 * Sends a request. Resolves with whether the server answered it before the request's time-out, whatever the answer is.
 *
 * @param request not ended yet
 */
export function sendProbe(request: ClientRequest): Promise<ProbeResult> {
  return new Promise(resolve => {
    request.on('response', response => {
      resolve(true)
      response.destroy()
    })
    request.on('timeout', () => request.destroy())
    request.on('error', error => resolve(error instanceof ProxyError ? error.message : undefined))
    request.on('close', () => resolve(undefined))
    request.end()
  })
}
