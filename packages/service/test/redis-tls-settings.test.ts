import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServerTls } from '@ringer/fakes'
import { ConfigError, type Env, loadConfig, redisGroup } from '@ringer/service'
import { expect, it, onTestFinished } from 'vitest'

const certificates = await createServerTls()
const { ca, client } = certificates

const load = (env: Env) => loadConfig(env, { redis: redisGroup }, { fields: {} }).redis.target

function faultsOf(env: Env): string[] {
  try {
    load(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file.pem')
  writeFileSync(path, text)
  return path
}

const single = { REDIS_URL: 'rediss://redis:6379' }
const cluster = { REDIS_CLUSTER_NODES: 'redis-1:6379', REDIS_TLS: 'true' }
const sentinel = { REDIS_SENTINELS: 'redis-1:26379', REDIS_SENTINEL_NAME: 'mymaster' }

it('TLS to Redis has the CA, the certificate, its key and the name of the servers', () => {
  const files = {
    ...{ REDIS_CA_PATH: file(ca), REDIS_CERT_PATH: file(client.cert), REDIS_KEY_PATH: file(client.key) },
    REDIS_TLS_SERVERNAME: 'redis.example.com',
  }
  const tls = { ca, cert: client.cert, key: client.key, servername: 'redis.example.com' }
  expect(load({ ...single, ...files })).toMatchObject({ kind: 'single', tls })
  expect(load({ ...cluster, ...files })).toMatchObject({ kind: 'cluster', tls })
  expect(load({ ...sentinel, ...files, REDIS_TLS: 'true' })).toMatchObject({ tls, watchers: { tls } })
})

it('TLS to sentinels can differ from that to the servers, as can their login', () => {
  const login = { REDIS_SENTINEL_USERNAME: 'watcher', REDIS_SENTINEL_PASSWORD: 'swordfish' }
  const off = load({ ...sentinel, ...login, REDIS_TLS: 'true', REDIS_SENTINEL_TLS: 'false' })
  const credentials = { username: 'watcher', password: 'swordfish' }
  expect(off).toMatchObject({ tls: {}, watchers: { credentials, tls: undefined } })
  const on = load({ ...sentinel, REDIS_SENTINEL_TLS: 'true' })
  expect(on).toMatchObject({ tls: undefined, watchers: { tls: {} } })
})

const anotherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const pem = (cipher?: { cipher: string; passphrase: string }) =>
  anotherKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString()

it.each<[string, () => Env, RegExp]>([
  ['REDIS_TLS with an address', () => ({ ...single, REDIS_TLS: 'true' }), /^REDIS_TLS: .*write rediss:/],
  ['REDIS_TLS=on', () => ({ ...cluster, REDIS_TLS: 'on' }), /^REDIS_TLS: must be one of true, false/],
  [
    'a CA without TLS',
    () => ({ REDIS_URL: 'redis://redis', REDIS_CA_PATH: file(ca) }),
    /^REDIS_CA_PATH: has no effect without TLS/,
  ],
  [
    'a CA that is no certificate',
    () => ({ ...single, REDIS_CA_PATH: file('swordfish') }),
    /^REDIS_CA_PATH: is not a certificate in PEM/,
  ],
  [
    'a CA that cannot be read',
    () => ({ ...single, REDIS_CA_PATH: '/swordfish' }),
    /^REDIS_CA_PATH: must be the path .* \(ENOENT\)/,
  ],
  [
    'a certificate without a key',
    () => ({ ...single, REDIS_CERT_PATH: file(client.cert) }),
    /^REDIS_KEY_PATH: is required with/,
  ],
  [
    'a key without a certificate',
    () => ({ ...single, REDIS_KEY_PATH: file(client.key) }),
    /^REDIS_CERT_PATH: is required with/,
  ],
  [
    'the key of another certificate',
    () => ({ ...single, REDIS_CERT_PATH: file(client.cert), REDIS_KEY_PATH: file(pem()) }),
    /^REDIS_KEY_PATH: is not the private key of the certificate/,
  ],
  [
    'an encrypted key',
    () => ({
      ...single,
      REDIS_CERT_PATH: file(client.cert),
      REDIS_KEY_PATH: file(pem({ cipher: 'aes-256-cbc', passphrase: 'swordfish' })),
    }),
    /^REDIS_KEY_PATH: .*openssl pkey/,
  ],
  [
    "the sentinels' password without sentinels",
    () => ({ ...single, REDIS_SENTINEL_PASSWORD: 'swordfish' }),
    /^REDIS_SENTINEL_PASSWORD: has no effect/,
  ],
  [
    "the sentinels' user without a password",
    () => ({ ...sentinel, REDIS_SENTINEL_USERNAME: 'swordfish' }),
    /^REDIS_SENTINEL_PASSWORD: is required/,
  ],
  [
    "the sentinels' TLS without sentinels",
    () => ({ ...cluster, REDIS_SENTINEL_TLS: 'true' }),
    /^REDIS_SENTINEL_TLS: has no effect/,
  ],
])('refuses %s, with the fix', (_, env, fault) => {
  const faults = faultsOf(env())
  expect(faults).toEqual([expect.stringMatching(fault)])
  expect(faults.join()).not.toContain('swordfish')
})
