import { generateKeyPair, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'

/** What stand-ins for Apple and Google need, and what a worker that talks to them is configured with. All PEM. */
export interface StandInCredentials {
  /** The certificate to trust: `APNS_CA_PATH`, `FCM_CA_PATH`. */
  ca: string
  /** The servers' certificate, signed by `ca`. */
  cert: string
  key: string
  apns: {
    keyId: string
    teamId: string
    bundleId: string
    /** PKCS #8, the contents of a .p8 file. */
    privateKey: string
    publicKey: string
  }
  fcm: {
    projectId: string
    clientEmail: string
    /** PKCS #8, as in a service account's JSON. */
    privateKey: string
    publicKey: string
  }
}

const HOSTS = ['localhost', '127.0.0.1', '::1']
const DAY_MS = 86_400_000

/**
 * Makes fresh credentials, valid from yesterday for two years: nothing in them opens anything of Apple's or Google's.
 * The certificate is for localhost, 127.0.0.1, ::1 and the `hosts` given (names or addresses).
 */
export async function createStandInCredentials(
  options: { hosts?: readonly string[] } = {},
): Promise<StandInCredentials> {
  const hosts = [...new Set([...HOSTS, ...(options.hosts ?? [])])]
  const [certificates, apnsKeys, fcmKeys] = await Promise.all([
    createCertificates(hosts),
    promisify(generateKeyPair)('ec', { namedCurve: 'P-256' }).then(toPem),
    promisify(generateKeyPair)('rsa', { modulusLength: 2048 }).then(toPem),
  ])
  return {
    ...certificates,
    apns: { keyId: 'STANDINKEY', teamId: 'STANDINTEM', bundleId: 'com.example.ringer', ...apnsKeys },
    fcm: {
      projectId: 'ringer-stand-in',
      clientEmail: 'ringer@ringer-stand-in.iam.gserviceaccount.com',
      ...fcmKeys,
    },
  }
}

function toPem(pair: { privateKey: KeyObject; publicKey: KeyObject }): {
  privateKey: string
  publicKey: string
} {
  return {
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

async function createCertificates(hosts: string[]): Promise<{ ca: string; cert: string; key: string }> {
  const base = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + 730 * DAY_MS),
  } as const
  const ca = await generate([{ name: 'commonName', value: 'Ringer stand-in CA' }], {
    ...base,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...base,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      {
        name: 'subjectAltName',
        altNames: hosts.map(host => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
      },
    ],
  })
  return { ca: ca.cert, cert: leaf.cert, key: leaf.private }
}
