import {
  createServerTls,
  type RedisCluster,
  type RedisServer,
  type Sentinels,
  type ServerTls,
  startCluster,
  startRedis,
  startSentinels,
} from '@ringer/fakes'
import { connectFailFast, connectPatient, findTrouble, type RedisTarget, waitUntilReady } from '@ringer/store'
import { Queue, Worker } from 'bullmq'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { describeWithTlsRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'

const limit = { timeout: 60_000 }
const kinds = ['single', 'sentinel', 'cluster'] as const
const sentinelPassword = 'of-the-sentinel'
const serverPassword = 'of-the-servers'
const login = { username: undefined, password: serverPassword }

let certificates: ServerTls
let redis: RedisServer
let sentinels: Sentinels
let cluster: RedisCluster

const trusted = () => ({ ca: certificates.ca, ...certificates.client })

/** Where the servers are, with everything that they require, but for these changes of the TLS options. */
function targetOf(kind: (typeof kinds)[number], change: object = {}): RedisTarget {
  const tls = { ...trusted(), ...change }
  const address = (port: number) => ({ host: 'localhost', port })
  switch (kind) {
    case 'single':
      return { kind, url: `rediss://:${serverPassword}@localhost:${redis.port}`, tls }
    case 'sentinel':
      return {
        kind,
        name: sentinels.name,
        sentinels: sentinels.sentinels.map(({ port }) => address(port)),
        credentials: login,
        tls: { ...tls, servername: 'localhost' },
        watchers: { credentials: { password: sentinelPassword }, tls },
      }
    case 'cluster':
      return { kind, nodes: cluster.nodes.map(({ port }) => address(port)), credentials: {}, tls }
  }
}

describeWithTlsRedisServer('Redis with TLS that requires a client certificate', () => {
  /** Certificates for `localhost` only: the Cluster announces that name, and the sentinels announce 127.0.0.1. */
  beforeAll(async () => {
    certificates = await createServerTls({ hosts: ['localhost'], clientsNeedCertificate: true })
    const announced = [
      '--cluster-announce-hostname',
      'localhost',
      '--cluster-preferred-endpoint-type',
      'hostname',
    ]
    const requirePass = ['--requirepass', serverPassword]
    ;[redis, sentinels, cluster] = await Promise.all([
      startRedis({ kind: 'redis-server', tls: certificates, args: requirePass }),
      startSentinels({ tls: certificates, sentinelPassword, serverPassword }),
      startCluster({ tls: certificates, args: announced }),
    ])
  }, 60_000)
  afterAll(() => Promise.all([redis, sentinels, cluster].map(server => server?.close())))

  it.each(kinds)('takes commands and serves a queue: %s', limit, async kind => {
    const failFast = connectFailFast(targetOf(kind), 2_000)
    const patient = connectPatient(targetOf(kind))
    onTestFinished(() => {
      failFast.disconnect()
      patient.disconnect()
    })
    expect(await waitUntilReady(failFast, 10_000)).toBe(true)
    expect(await failFast.set('{ringer}:key', 'value')).toBe('OK')
    const queue = new Queue('calls', { connection: failFast, prefix: '{ringer}', skipVersionCheck: true })
    const taken = Promise.withResolvers<string>()
    const options = { connection: patient, prefix: '{ringer}', skipVersionCheck: true }
    const worker = new Worker('calls', async job => taken.resolve(job.name), options)
    worker.on('error', () => {})
    await queue.add('bob', {})
    expect(await taken.promise).toBe('bob')
    await worker.close()
    await queue.close()
    expect(await findTrouble(targetOf(kind))).toBeUndefined()
  })

  it('follows the sentinels to the new master', limit, async () => {
    const own = await startSentinels({ tls: certificates, sentinelPassword, serverPassword })
    onTestFinished(() => own.close())
    const connection = connectPatient({
      ...targetOf('sentinel'),
      sentinels: own.sentinels.map(({ port }) => ({ host: 'localhost', port })),
    } as RedisTarget)
    onTestFinished(() => connection.disconnect())
    await connection.set('{ringer}:key', 'before')
    await own.killMaster()
    expect(await connection.set('{ringer}:key', 'after')).toBe('OK')
  })

  describe.each(kinds)('names the setting to correct: %s', kind => {
    const find = (change: object) => findTrouble(targetOf(kind, change))

    it('without the CA', limit, async () => {
      const startedAt = performance.now()
      expect(await find({ ca: undefined })).toMatch(/CA that is not trusted .*: set REDIS_CA_PATH/)
      expect(performance.now() - startedAt).toBeLessThan(2_000)
    })

    it('with the CA of somebody else', limit, async () => {
      const { ca } = await createServerTls()
      expect(await find({ ca })).toMatch(/CA that is not trusted .*: set REDIS_CA_PATH/)
    })

    it('without a client certificate', limit, async () => {
      expect(await find({ cert: undefined, key: undefined })).toMatch(
        /set REDIS_CERT_PATH and REDIS_KEY_PATH/,
      )
    })

    it('with a client certificate of another CA', limit, async () => {
      const { client } = await createServerTls()
      expect(await find(client)).toMatch(/not accept the certificate in REDIS_CERT_PATH/)
    })

    it('if the certificate is for another name', limit, async () => {
      expect(await find({ servername: 'redis.example.com' })).toMatch(/set REDIS_TLS_SERVERNAME/)
    })

    it('without TLS', limit, async () => {
      const target = targetOf(kind)
      const plain: RedisTarget =
        target.kind === 'single'
          ? { kind: 'single', url: target.url.replace('rediss:', 'redis:') }
          : target.kind === 'sentinel'
            ? { ...target, tls: undefined, watchers: undefined }
            : { ...target, tls: undefined }
      expect(await findTrouble(plain)).toMatch(
        /closes the connection: if it speaks TLS, (write rediss:|set REDIS_TLS=true|set REDIS_SENTINEL_TLS=true)/,
      )
    })
  })

  it(
    'names the setting to correct with a wrong password of the servers or of the sentinels',
    limit,
    async () => {
      const wrong = 'swordfish'
      const sentinel = targetOf('sentinel') as Extract<RedisTarget, { kind: 'sentinel' }>
      const { tls } = sentinel
      const troubles = await Promise.all([
        findTrouble({ kind: 'single', url: `rediss://:${wrong}@localhost:${redis.port}`, tls }),
        findTrouble({ ...sentinel, credentials: { password: wrong } }),
        findTrouble({ ...sentinel, watchers: { credentials: { password: wrong }, tls } }),
        findTrouble({ ...sentinel, watchers: { credentials: {}, tls } }),
        findTrouble({ ...sentinel, name: 'another' }),
      ])
      expect(troubles).toEqual([
        expect.stringContaining('check the login in REDIS_URL'),
        expect.stringContaining('check REDIS_USERNAME and REDIS_PASSWORD'),
        expect.stringContaining('check REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD'),
        expect.stringContaining('check REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD'),
        expect.stringContaining('REDIS_SENTINEL_NAME'),
      ])
      expect(troubles.join()).not.toContain(wrong)
    },
  )
})
