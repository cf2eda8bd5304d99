import { createECDH, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { type CertificateAndKey, createStandInCertificates } from './create-stand-in-certificates.ts'

/** The credentials of the stand-ins for Apple and Google, and of a worker that talks to them. Keys are PEM. */
export interface StandInCredentials {
  /** The certificate to trust: `APNS_CA_PATH`, `FCM_CA_PATH`, `WEBPUSH_CA_PATH`. */
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
    /** A second key of the team, which Apple accepts in the sandbox only. */
    sandboxKey: { keyId: string; privateKey: string; publicKey: string }
    /** Apple's alternative to provider tokens: a VoIP Services certificate, here signed by `ca`. */
    certificate: CertificateAndKey
  }
  fcm: {
    projectId: string
    clientEmail: string
    /** PKCS #8, as in a service account's JSON. */
    privateKey: string
    publicKey: string
  }
  /** The VAPID pair of web push, in base64url. */
  vapid: {
    publicKey: string
    privateKey: string
    subject: string
  }
}

export interface StandInCredentialsOptions {
  /** Host names or IP addresses for the servers' certificate, besides localhost, 127.0.0.1 and ::1. */
  hosts?: readonly string[]
  /** The key type of the certificates. `rsa`, which Apple uses, takes longer to create. Default: `ec`. */
  keyType?: 'ec' | 'rsa'
  /** The bundle id in the VoIP Services certificate. Default: the same as `apns.bundleId`. */
  certificateBundleId?: string
  /** When the VoIP Services certificate expires, epoch ms. Default: in two years. */
  certificateExpiresAt?: number
}

const HOSTS = ['localhost', '127.0.0.1', '::1']
const DAY_MS = 86_400_000

/** Creates fresh credentials, valid from yesterday for two years. They give no access to Apple or Google. */
export async function createStandInCredentials(
  options: StandInCredentialsOptions = {},
): Promise<StandInCredentials> {
  const bundleId = 'com.example.ringer'
  const teamId = 'STANDINTEM'
  const [certificates, apnsKeys, sandboxKeys, fcmKeys] = await Promise.all([
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
    promisify(generateKeyPair)('ec', { namedCurve: 'P-256' }).then(toPem),
    promisify(generateKeyPair)('rsa', { modulusLength: 2048 }).then(toPem),
  ])
  const { ca, server, voip } = certificates
  return {
    ...{ ca, cert: server.cert, key: server.key },
    apns: {
      ...{ keyId: 'STANDINKEY', teamId, bundleId, ...apnsKeys },
      sandboxKey: { keyId: 'SANDBOXKEY', ...sandboxKeys },
      certificate: voip,
    },
    fcm: {
      projectId: 'ringer-stand-in',
      clientEmail: 'ringer@ringer-stand-in.iam.gserviceaccount.com',
      ...fcmKeys,
    },
    vapid: { ...createVapidPair(), subject: 'mailto:ringer@stand-in.example' },
  }
}

function createVapidPair(): { publicKey: string; privateKey: string } {
  const pair = createECDH('prime256v1')
  const publicKey = pair.generateKeys().toString('base64url')
  // A key may begin with zeros, which getPrivateKey leaves out.
  const privateKey = Buffer.alloc(32)
  const bytes = pair.getPrivateKey()
  bytes.copy(privateKey, 32 - bytes.length)
  return { publicKey, privateKey: privateKey.toString('base64url') }
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
