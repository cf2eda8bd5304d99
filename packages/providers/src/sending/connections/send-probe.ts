import type { ClientRequest } from 'node:http'
import { ProxyError } from '@ringer/service'

/**
 * How a probe ended: true if the server answered, otherwise the system's code of what prevented it. If a proxy did, there is a sentence
 * about it as well.
 */
export type ProbeResult = true | { code: string; message?: string }

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
    request.on('timeout', () => {
      resolve({ code: 'ETIMEDOUT' })
      request.destroy()
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      const { code = 'ECONNRESET' } = error
      resolve(error instanceof ProxyError ? { code, message: error.message } : { code })
    })
    request.on('close', () => resolve({ code: 'ECONNRESET' }))
    request.end()
  })
}
