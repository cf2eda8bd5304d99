import type { ClientRequest } from 'node:http'

/**
 * Sends a request. Resolves with whether the server answered it before the request's time-out, whatever the answer is.
 *
 * @param request not ended yet
 */
export function isAnswered(request: ClientRequest): Promise<boolean> {
  return new Promise(resolve => {
    request.on('response', response => {
      resolve(true)
      response.destroy()
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
    request.on('close', () => resolve(false))
    request.end()
  })
}
