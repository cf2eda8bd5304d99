import type { ClientHttp2Session } from 'node:http2'
import apn from '@parse/node-apn'
import type { ProviderToken } from './provider-token.ts'

/** By what Apple knows us: a token that goes with each push, or a certificate that each connection is opened with. */
export type ApnsIdentity =
  | { kind: 'token'; token: ProviderToken }
  | { kind: 'certificate'; cert: string; key: string; passphrase?: string | undefined }

/** Where APNs is, and who we are to it. */
export interface ApnsAccount {
  identity: ApnsIdentity
  production: boolean
  /** https, with a port if it is not 443. */
  url: string
  /** A certificate to trust beside the system's, PEM: for a stand-in. */
  ca: string | undefined
}

/** The part of node-apn's Provider that is not in its types: the one connection that it has. */
export interface ProviderClient {
  config: object
  session?: ClientHttp2Session
  closeAndDestroySession(session: ClientHttp2Session | undefined): Promise<void>
}

/** What node-apn takes for a credential, finds that it cannot read, and leaves to TLS to judge. */
const UNREADABLE = '-----BEGIN NOTHING-----'

/**
 * Creates a node-apn Provider, which connects at its first push.
 *
 * It gets its identity when node-apn has made up its mind about another: node-apn would sign a token of its own for every
 * connection, and would throw for a certificate that it thinks expired, or made for the other environment (it takes every
 * address but Apple's for the sandbox). Who may push is Apple's to say, push by push.
 */
export function openProvider(account: ApnsAccount): { provider: apn.Provider; client: ProviderClient } {
  const { url, production, ca, identity } = account
  const { hostname, port } = new URL(url)
  const provider = new apn.Provider({
    ...{ cert: UNREADABLE, key: UNREADABLE },
    production,
    address: hostname,
    port: port === '' ? 443 : Number(port),
    ...(ca !== undefined && { ca: [ca] }),
    connectionRetryLimit: 0,
    // None of its own: it would run while this process is held up.
    requestTimeout: 0,
  })
  const { client } = provider as unknown as { client: ProviderClient }
  Object.assign(client.config, credentialsOf(identity))
  return { provider, client }
}

/** What node-apn puts into the header of a push, and what it hands on to TLS. */
function credentialsOf(identity: ApnsIdentity) {
  if (identity.kind === 'token') return { token: identity.token, cert: undefined, key: undefined }
  const { cert, key, passphrase } = identity
  return { token: null, cert, key, passphrase }
}
