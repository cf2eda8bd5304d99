import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import type { Env } from '../config-group.ts'
import { oneOf, text } from '../fields.ts'
import { readFile } from '../read-file.ts'

const clientCertificate = { description: 'a certificate and its key, PEM, for a Redis that requires one' }

export const redisTlsFields = {
  REDIS_TLS: oneOf('true', 'false').meta({
    description:
      '`true`: TLS to a Cluster or to the servers behind sentinels. With `REDIS_URL`, write `rediss://`',
    default: 'false',
  }),
  REDIS_SENTINEL_TLS: oneOf('true', 'false').meta({
    description: 'TLS to the sentinels themselves',
    default: 'as `REDIS_TLS`',
  }),
  REDIS_CA_PATH: text.meta({ description: "the CA that signed Redis's certificate, PEM", default: "Node's" }),
  REDIS_CERT_PATH: text.meta(clientCertificate),
  REDIS_KEY_PATH: text.meta(clientCertificate),
  REDIS_TLS_SERVERNAME: text.meta({
    description: "a name in Redis's certificate, if Redis is reached by another one",
    default: 'the address',
  }),
}

type Values = z.infer<z.ZodObject<typeof redisTlsFields>>

/** What needs TLS to have an effect. */
const DETAILS = ['REDIS_CA_PATH', 'REDIS_CERT_PATH', 'REDIS_KEY_PATH', 'REDIS_TLS_SERVERNAME'] as const

const NO_CERTIFICATE =
  'is not a certificate in PEM: it must run from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----'

const servers = (values: Env | Values) => values.REDIS_TLS === 'true'
const sentinels = (values: Env | Values) => (values.REDIS_SENTINEL_TLS ?? values.REDIS_TLS) === 'true'

/** Checks the settings of TLS together. The certificate and the key must fit each other. */
export function checkRedisTls(env: Env): Record<string, string> {
  const faults: Record<string, string> = {}
  if (env.REDIS_URL && env.REDIS_TLS)
    faults.REDIS_TLS = 'has no effect with REDIS_URL: for TLS, write rediss:// instead of redis://'
  if (env.REDIS_SENTINEL_TLS && !env.REDIS_SENTINELS)
    faults.REDIS_SENTINEL_TLS = 'has no effect without REDIS_SENTINELS'
  const isUsed = env.REDIS_URL?.startsWith('rediss:') || servers(env) || sentinels(env)
  for (const name of DETAILS) {
    if (env[name] && !isUsed) faults[name] = 'has no effect without TLS: set REDIS_TLS=true, or use rediss://'
  }
  return { ...faults, ...checkFiles(env) }
}

function checkFiles(env: Env): Record<string, string> {
  const faults: Record<string, string> = {}
  const open = <Opened>(name: string, fault: string, parse: (pem: string) => Opened): Opened | undefined => {
    const path = env[name]
    if (!path) return undefined
    const file = readFile(path)
    if (!file.ok) faults[name] = file.fault
    try {
      if (file.ok) return parse(file.text)
    } catch {
      faults[name] = fault
    }
    return undefined
  }
  open('REDIS_CA_PATH', NO_CERTIFICATE, pem => new X509Certificate(pem))
  const certificate = open('REDIS_CERT_PATH', NO_CERTIFICATE, pem => new X509Certificate(pem))
  const key = open(
    'REDIS_KEY_PATH',
    'is not a private key in PEM, or it is encrypted; to decrypt it: openssl pkey -in redis.key -out decrypted.key',
    pem => createPrivateKey(pem),
  )
  return { ...faults, ...checkPair(env, certificate, key) }
}

function checkPair(
  env: Env,
  certificate: X509Certificate | undefined,
  key: KeyObject | undefined,
): Record<string, string> {
  if (env.REDIS_CERT_PATH && !env.REDIS_KEY_PATH)
    return { REDIS_KEY_PATH: 'is required with REDIS_CERT_PATH: the private key of the certificate' }
  if (env.REDIS_KEY_PATH && !env.REDIS_CERT_PATH)
    return { REDIS_CERT_PATH: 'is required with REDIS_KEY_PATH: the certificate of the private key' }
  if (certificate && key && !certificate.checkPrivateKey(key))
    return { REDIS_KEY_PATH: 'is not the private key of the certificate that REDIS_CERT_PATH names' }
  return {}
}

/** What a TLS connection to Redis needs besides what Node trusts: certificates and key are PEM. */
export interface RedisTls {
  ca?: string
  cert?: string
  key?: string
  /** The name that the servers' certificates have, if it is not the address that they are reached by. */
  servername?: string
}

/** Returns how to reach the servers and the sentinels: undefined without TLS. */
export function buildRedisTls(values: Values & { REDIS_URL?: string | undefined }) {
  const { REDIS_CA_PATH: ca, REDIS_CERT_PATH: cert, REDIS_KEY_PATH: key } = values
  const read = (path: string) => readFileSync(path, 'utf8')
  const tls: RedisTls = {
    ...(ca && { ca: read(ca) }),
    ...(cert && { cert: read(cert) }),
    ...(key && { key: read(key) }),
    ...(values.REDIS_TLS_SERVERNAME && { servername: values.REDIS_TLS_SERVERNAME }),
  }
  return {
    servers: values.REDIS_URL?.startsWith('rediss:') || servers(values) ? tls : undefined,
    sentinels: sentinels(values) ? tls : undefined,
  }
}
