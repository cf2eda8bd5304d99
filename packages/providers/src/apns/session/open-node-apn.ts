import type { ClientHttp2Session } from 'node:http2'
import apn from '@parse/node-apn'
import { connectThrough } from '@ringer/service'
import type { ProviderToken } from '../provider-token.ts'

/** How we authenticate to Apple: with a token in each push, or with a certificate on each connection. */
export type ApnsIdentity =
  | { kind: 'token'; token: ProviderToken }
  | { kind: 'certificate'; cert: string; key: string; passphrase?: string | undefined }

/** The address of APNs and our credentials for it. */
export interface ApnsAccount {
  identity: ApnsIdentity
  production: boolean
  /** https, with a port if it is not 443. */
  url: string
  /** A certificate to trust besides the system's, PEM. For a stand-in. */
  ca: string | undefined
  /** The HTTP proxy on the way. Default: none. */
  proxyUrl?: string | undefined
}

/** The part of node-apn's Provider that its types lack: its one connection. */
export interface ProviderClient {
  config: object
  session?: ClientHttp2Session
  connect(): Promise<void>
  closeAndDestroySession(session: ClientHttp2Session | undefined): Promise<void>
}

/** Node fires a longer timer immediately. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A placeholder for a credential. node-apn cannot parse it, and leaves the check to TLS. */
const UNREADABLE = '-----BEGIN NOTHING-----'

/**
 * Creates a node-apn Provider, which connects at its first push.
 *
 * It is created with a placeholder and gets its identity afterwards. Given the real one, node-apn would sign a token of
 * its own for every connection, and would throw for a certificate that it considers expired or made for the other
 * environment (it treats every address except api.push.apple.com as the sandbox). Apple decides that, push by push.
 */
export function openNodeApn(account: ApnsAccount): { provider: apn.Provider; client: ProviderClient } {
  const { url, production, ca, identity } = account
  const { hostname, port } = new URL(url)
  const provider = new apn.Provider({
    ...{ cert: UNREADABLE, key: UNREADABLE },
    production,
    address: hostname,
    port: port === '' ? 443 : Number(port),
    ...(ca !== undefined && { ca: [ca] }),
    connectionRetryLimit: 0,
    // node-apn's own limit would also run while this process is blocked. createTimeLimit does not.
    requestTimeout: 0,
    // Its own PINGs, one a minute, would have no effect but a log line. Ours have.
    heartBeat: LONGEST_TIMER_MS,
  })
  const { client } = provider as unknown as { client: ProviderClient }
  const credentials = credentialsOf(identity)
  Object.assign(client.config, credentials)
  if (account.proxyUrl) connectByProxy(client, account.proxyUrl, account)
  return { provider, client }
}

/**
 * Lets node-apn connect in a tunnel of ours. Its own option `proxy` leaves out the certificate and the CA in the tunnel, takes a
 * refusal of the proxy for a tunnel, and knows no password.
 */
function connectByProxy(client: ProviderClient, proxyUrl: string, { url, ca, identity }: ApnsAccount): void {
  const connect = client.connect.bind(client)
  const { cert, key, passphrase } = identity.kind === 'certificate' ? identity : {}
  const tls = {
    ALPNProtocols: ['h2'],
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key, passphrase }),
  }
  client.connect = async () => {
    const socket = await connectThrough(proxyUrl, url, tls)
    Object.assign(client.config, { createConnection: () => socket })
    await connect()
  }
}

/** The token that node-apn puts into the header of a push, and the certificate that it passes to TLS. */
function credentialsOf(identity: ApnsIdentity) {
  if (identity.kind === 'token') return { token: identity.token, cert: undefined, key: undefined }
  const { cert, key, passphrase } = identity
  return { token: null, cert, key, passphrase }
}
