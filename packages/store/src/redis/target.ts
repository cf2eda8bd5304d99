/** Where Redis is: one server, the nodes of a Cluster, or the sentinels that know the master. */
export type RedisTarget =
  | { kind: 'single'; url: string; tls?: Tls | undefined }
  | { kind: 'cluster'; nodes: Address[]; credentials: Credentials; tls?: Tls | undefined }
  | {
      kind: 'sentinel'
      sentinels: Address[]
      name: string
      /** Of the servers that the sentinels watch. */
      credentials: Credentials
      tls?: Tls | undefined
      /** How to reach the sentinels themselves. Default: without a login and without TLS. */
      watchers?: { credentials: Credentials; tls?: Tls | undefined }
    }

export interface Address {
  host: string
  port: number
}

export interface Credentials {
  username?: string | undefined
  password?: string | undefined
}

/** TLS, with what it needs besides what Node trusts. Certificates and key are PEM. Undefined means no TLS. */
export interface Tls {
  /** The CA that signed the servers' certificates. */
  ca?: string
  /** Our own certificate, for servers that require one, and its key. */
  cert?: string
  key?: string
  /** The name in the servers' certificates, if it is not the address that they are reached by. */
  servername?: string
}
