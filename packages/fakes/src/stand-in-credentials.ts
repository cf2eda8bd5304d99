import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { type CertificateAndKey, createStandInCertificates } from './stand-in-certificates.ts'

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
    /** What Apple calls a VoIP Services certificate, signed by `ca`: instead of provider tokens. */
    certificate: CertificateAndKey
  }
  fcm: {
    projectId: string
    clientEmail: string
    /** PKCS #8, as in a service account's JSON. */
    privateKey: string
    publicKey: string
  }
}

export interface StandInOptions {
  /** Names or addresses that the servers' certificate is for, beside localhost, 127.0.0.1 and ::1. */
  hosts?: readonly string[]
  /** What keys the certificates have. `rsa`, as Apple's have, takes longer to make. `ec` */
  keyType?: 'ec' | 'rsa'
  /** The app whose VoIP Services certificate it is; the one that `apns` says. */
  certificateBundleId?: string
  /** When that certificate expires, epoch ms; in two years. */
  certificateExpiresAt?: number
}

const HOSTS = ['localhost', '127.0.0.1', '::1']
const DAY_MS = 86_400_000

/**
 * Makes fresh credentials, valid from yesterday for two years: nothing in them opens anything of Apple's or Google's.
 */
export async function createStandInCredentials(options: StandInOptions = {}): Promise<StandInCredentials> {
  const bundleId = 'com.example.ringer'
  const teamId = 'STANDINTEM'
  const [certificates, apnsKeys, fcmKeys] = await Promise.all([
    createStandInCertificates({
      hosts: [...new Set([...HOSTS, ...(options.hosts ?? [])])],
      keyType: options.keyType ?? 'ec',
      voip: {
        bundleId: options.certificateBundleId ?? bundleId,
        teamId,
        expiresAt: options.certificateExpiresAt ?? Date.now() + 730 * DAY_MS,
      },
    }),
    promisify(generateKeyPair)('ec', { namedCurve: 'P-256' }).then(toPem),
    promisify(generateKeyPair)('rsa', { modulusLength: 2048 }).then(toPem),
  ])
  const { ca, server, voip } = certificates
  return {
    ...{ ca, cert: server.cert, key: server.key },
    apns: { keyId: 'STANDINKEY', teamId, bundleId, ...apnsKeys, certificate: voip },
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
