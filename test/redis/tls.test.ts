import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServerTls, startCluster, startRedis, startSentinels } from '@ringer/fakes'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithTlsRedisServer } from '../fixtures/describe-with-redis-server.ts'
import { deliver, initiated, register, tokens } from '../webhooks.ts'
import { startWorld } from '../world.ts'

const limit = { timeout: 90_000 }
const list = (addresses: { port: number }[]) => addresses.map(({ port }) => `localhost:${port}`).join(',')

async function closing<Server extends { close(): Promise<void> }>(
  starting: Promise<Server>,
): Promise<Server> {
  const server = await starting
  onTestFinished(() => server.close())
  return server
}

/** Starts Redis servers that require TLS, client certificates and passwords, and returns the settings to reach them. */
async function startSecured(kind: 'single' | 'sentinel' | 'cluster') {
  const tls = await createServerTls({ clientsNeedCertificate: true })
  const settings = {
    ...(await writeFiles({
      REDIS_CA_PATH: tls.ca,
      REDIS_CERT_PATH: tls.client.cert,
      REDIS_KEY_PATH: tls.client.key,
    })),
    REDIS_PASSWORD: 'of-the-servers',
    REDIS_URL: '',
  }
  const [serverPassword, sentinelPassword] = ['of-the-servers', 'of-the-sentinel']
  const args = ['--requirepass', serverPassword]
  if (kind === 'single') {
    const { port } = await closing(startRedis({ kind: 'redis-server', tls, args }))
    return { ...settings, REDIS_URL: `rediss://localhost:${port}` }
  }
  if (kind === 'cluster') {
    const { nodes } = await closing(startCluster({ tls }))
    return { ...settings, REDIS_PASSWORD: '', REDIS_CLUSTER_NODES: list(nodes), REDIS_TLS: 'true' }
  }
  const { sentinels, name } = await closing(startSentinels({ tls, serverPassword, sentinelPassword }))
  const watchers = { REDIS_SENTINEL_NAME: name, REDIS_SENTINEL_PASSWORD: sentinelPassword }
  return { ...settings, ...watchers, REDIS_SENTINELS: list(sentinels), REDIS_TLS: 'true' }
}

/** Writes files that settings name, and returns the settings. */
async function writeFiles<Name extends string>(files: Record<Name, string>): Promise<Record<Name, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'ringer-tls-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const entries = Object.entries<string>(files).map(async ([name, text]) => {
    await writeFile(join(folder, name), text)
    return [name, join(folder, name)]
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** The world's own connections are to a Redis without TLS, which its processes do not use. */
async function openWorld() {
  const redis = await closing(startRedis({ kind: 'redis-server' }))
  return closing(startWorld(redis))
}

describeWithTlsRedisServer('a Redis that requires TLS, client certificates and passwords', () => {
  it.each(['single', 'sentinel', 'cluster'] as const)(
    'carries calls through real processes: %s',
    limit,
    async kind => {
      const settings = await startSecured(kind)
      const world = await openWorld()
      const { url } = await world.addIngressProcess(settings)
      await world.addWorkerProcess(settings)
      await register(url, { uid: 'bob', platform: 'ios', token: tokens.iphone })
      expect((await deliver(url, initiated())).body).toEqual({ status: 'queued' })
      await world.apns.waitFor(() => world.apns.acceptedCount(tokens.iphone) === 1, { timeoutMs: 20_000 })
    },
  )

  it.each(['single', 'sentinel', 'cluster'] as const)(
    'whose CA is not the configured one: both processes say within seconds which setting to correct: %s',
    limit,
    async kind => {
      const stranger = await createServerTls()
      const settings = {
        ...(await startSecured(kind)),
        ...(await writeFiles({ REDIS_CA_PATH: stranger.ca })),
      }
      const world = await openWorld()
      const processes = await Promise.all([
        world.addIngressProcess(settings),
        world.addWorkerProcess(settings),
      ])
      for (const { printed, adminUrl } of processes) {
        const fix = /CA that is not trusted \(\w+\): set REDIS_CA_PATH/
        await expect.poll(printed, { timeout: 5_000 }).toMatch(fix)
        const readiness = () => fetch(`${adminUrl}/health/ready`).then(answer => answer.text())
        await expect.poll(readiness, { timeout: 10_000 }).toMatch(fix)
        expect(printed()).not.toContain('of-the-se')
      }
    },
  )
})
