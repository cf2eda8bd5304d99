import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import { generate } from 'selfsigned'

/** A certificate and its key, both PEM. */
export interface CertificateAndKey {
  cert: string
  key: string
}

export interface StandInCertificates {
  /** The CA that signs the others, PEM. */
  ca: string
  server: CertificateAndKey
  voip: CertificateAndKey
}

type Options = NonNullable<Parameters<typeof generate>[1]>

const DAY_MS = 86_400_000
const USER_ID = '0.9.2342.19200300.100.1.1'

/** Creates a CA, a certificate for servers on these hosts, and a VoIP Services certificate for an app's server. */
export async function createStandInCertificates(options: {
  /** Host names or IP addresses. */
  hosts: readonly string[]
  keyType: 'ec' | 'rsa'
  /** `expiresAt` in epoch ms. */
  voip: { bundleId: string; teamId: string; expiresAt: number }
}): Promise<StandInCertificates> {
  const { hosts, keyType, voip } = options
  const base: Options = {
    keyType,
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + 730 * DAY_MS),
  }
  // If two CAs had the same name, a client could check a signature against the wrong one.
  const name = `Ringer stand-in CA ${randomUUID()}`
  const ca = await generate([{ name: 'commonName', value: name }], {
    ...base,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const signed: Options = { ...base, ca: { key: ca.private, cert: ca.cert } }
  const [server, client] = await Promise.all([
    createServerCertificate(hosts, signed),
    createVoipCertificate(voip, signed),
  ])
  return { ca: ca.cert, server, voip: client }
}

async function createServerCertificate(hosts: readonly string[], base: Options): Promise<CertificateAndKey> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...base,
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: hosts.map(host => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
      },
    ],
  })
  return { cert, key }
}

/** Has the same subject as Apple's certificates: the topic as user id, the app in the common name, the team as unit. */
async function createVoipCertificate(
  { bundleId, teamId, expiresAt }: { bundleId: string; teamId: string; expiresAt: number },
  base: Options,
): Promise<CertificateAndKey> {
  const subject = [
    { name: USER_ID, value: `${bundleId}.voip` },
    { name: 'commonName', value: `VoIP Services: ${bundleId}` },
    { shortName: 'OU', value: teamId },
  ]
  const { cert, private: key } = await generate(subject, {
    ...base,
    notBeforeDate: new Date(Math.min(Date.now(), expiresAt) - DAY_MS),
    notAfterDate: new Date(expiresAt),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', clientAuth: true },
    ],
  })
  return { cert, key }
}
