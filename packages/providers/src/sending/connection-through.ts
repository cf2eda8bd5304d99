import type { Agent } from 'node:https'
import { connectThrough } from '@ringer/service'

/** Node's hook by which a request or an agent opens a connection. It may return it, or give it to the callback. */
export type Connect = Agent['createConnection']

/** Opens connections to the server of a URL in tunnels of an HTTP proxy. */
export const connectionThrough =
  (proxyUrl: string, url: string | URL, ca: string | undefined): Connect =>
  (_options, done) => {
    connectThrough(proxyUrl, url, ca === undefined ? {} : { ca }).then(
      socket => done?.(null, socket),
      (error: Error) => done?.(error, undefined as never),
    )
    return undefined
  }
