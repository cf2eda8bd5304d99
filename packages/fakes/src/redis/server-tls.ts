import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CertificateAndKey, createStandInCertificates } from '../create-stand-in-certificates.ts'

/** Certificates for Redis servers and their clients. All are PEM. */
export interface ServerTls {
  /** The CA that signed the others. */
  ca: string
  server: CertificateAndKey
  /** A certificate that the servers accept from clients. */
  client: CertificateAndKey
  /** Whether the servers refuse clients without a certificate. */
  clientsNeedCertificate: boolean
}

const DAY_MS = 86_400_000

/**
 * Creates certificates for servers with these names or addresses. The servers' own one also serves them as clients of each
 * other.
 */
export async function createServerTls({
  hosts = ['localhost', '127.0.0.1'],
  clientsNeedCertificate = false,
}: {
  hosts?: readonly string[]
  clientsNeedCertificate?: boolean
} = {}): Promise<ServerTls> {
  const { ca, server, voip } = await createStandInCertificates({
    hosts,
    keyType: 'ec',
    // Like any client's certificate, this one may authenticate clients.
    voip: { bundleId: 'redis-client', teamId: 'redis', expiresAt: Date.now() + DAY_MS },
  })
  return { ca, server, client: voip, clientsNeedCertificate }
}

/**
 * Whether this redis-server was built with TLS. If it was not, it reports the first of the directives as unknown, not the
 * second.
 */
export function knowsTls(binary: string): boolean {
  const { stdout, stderr } = spawnSync(binary, ['--tls-protocols', 'TLSv1.2', '--no-such-directive', 'x'], {
    encoding: 'utf8',
    timeout: 5_000,
  })
  return `${stdout}${stderr}`.includes('no-such-directive "x"')
}

/** Returns the arguments that make a server speak only TLS, at this port. Writes the certificates to its folder. */
export function tlsArgs(tls: ServerTls, port: number, folder: string): string[] {
  const write = (name: string, pem: string) => {
    const path = join(folder, name)
    writeFileSync(path, pem)
    return path
  }
  return [
    ...['--port', '0', '--tls-port', String(port)],
    ...['--tls-ca-cert-file', write('ca.pem', tls.ca)],
    ...[
      '--tls-cert-file',
      write('cert.pem', tls.server.cert),
      '--tls-key-file',
      write('key.pem', tls.server.key),
    ],
    ...['--tls-auth-clients', tls.clientsNeedCertificate ? 'yes' : 'no'],
    ...['--tls-replication', 'yes'],
  ]
}

/** Options of ioredis for a connection with which a stand-in administers such servers. */
export const adminTls = (tls: ServerTls | undefined) =>
  tls && { tls: { ca: tls.ca, ...tls.client, checkServerIdentity: () => undefined } }
