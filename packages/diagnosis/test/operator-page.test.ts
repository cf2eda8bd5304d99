import { networkInterfaces } from 'node:os'
import { createLookup, createStatus, operatorPage, type StatusView } from '@ringer/diagnosis'
import { createAdminServer, readFigures } from '@ringer/service'
import { allQueues, CALLS, readQueueFigures, startHeartbeat } from '@ringer/store'
import { Queue } from 'bullmq'
import { Counter, Histogram, Registry } from 'prom-client'
import { describe, expect } from 'vitest'
import { it as storeIt, type TestStore } from '../../../test/fixtures/store.ts'

const NOW = 1_800_000_000_000
const patience = { timeout: 10_000 }

interface AdminOptions {
  token?: string
  host?: string
  registry?: Registry
}

const it = storeIt
  .extend('startAdmin', ({ store }, { onCleanup }) => {
    const closers: (() => Promise<unknown>)[] = []
    onCleanup(async () => {
      await Promise.all(closers.map(close => close()))
    })
    return async ({ token, host = '127.0.0.1', registry = new Registry() }: AdminOptions = {}) => {
      const server = createAdminServer({ ...adminDeps(store, registry), token })
      const url = await server.listen({ host, port: 0 })
      closers.push(() => server.close())
      return url
    }
  })
  .extend('beat', ({ store: { redis, keys } }, { onCleanup }) => {
    const heartbeats: ReturnType<typeof startHeartbeat>[] = []
    onCleanup(async () => {
      await Promise.all(heartbeats.map(heartbeat => heartbeat.close()))
    })
    return (queues: string[], leaves: string[] = []) => {
      const record = { startedAt: NOW - 60_000, version: '1.2.3', queues, leaves }
      const heartbeat = startHeartbeat(redis, keys, () => record, { everyMs: 20 })
      heartbeats.push(heartbeat)
      return heartbeat.id
    }
  })
  .extend('enqueue', ({ store: { redis, prefix } }, { onCleanup }) => {
    const queues: Queue[] = []
    onCleanup(async () => {
      await Promise.all(queues.map(queue => queue.close()))
    })
    return async (name: string, ageMs: number) => {
      const queue = new Queue(name, { connection: redis, prefix })
      queues.push(queue)
      await queue.add('ring', {}, { timestamp: NOW - ageMs })
    }
  })

function adminDeps({ redis, keys, prefix, calls }: TestStore, registry: Registry) {
  const now = () => NOW
  const queues = allQueues(['apns', 'fcm'])
  const readQueues = () => readQueueFigures(redis, prefix, queues, NOW)
  return {
    registry,
    checks: async () => ({}),
    calls: createLookup({ redis, keys, records: calls, appIds: ['default'], now }),
    page: operatorPage(
      createStatus({
        ...{ redis, keys, process: 'worker', readQueues, now },
        readFigures: () => readFigures(registry),
      }),
    ),
  }
}

const readStatus = async (url: string) => (await (await fetch(`${url}/status`)).json()) as StatusView

describe("the operator's page", () => {
  it('is served with all of its files, which load nothing from other origins', async ({ startAdmin }) => {
    const url = await startAdmin()
    const page = await fetch(`${url}/`)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const html = await page.text()
    const links = Array.from(html.matchAll(/(?:src|href)="([^"]+)"/g), ([, path]) => path)
    expect(links).toEqual(expect.arrayContaining(['page.js', 'styles/page.css', 'icon.svg']))
    const files = new Set(['', ...links])
    for (const path of files) {
      const response = await fetch(`${url}/${path}`)
      expect([path, response.status]).toEqual([path, 200])
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';.* frame-ancestors 'none'$/,
      )
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      const text = await response.text()
      for (const [, imported = ''] of text.matchAll(/^import .* from '\.\/([^']+)'$/gm)) files.add(imported)
    }
    expect(files).toContain('call-card.js')
  })

  it.for(['/types.d.ts', '/../package.json', '/..%2fpackage.json', '/styles'])(
    'does not serve %s',
    async (path, { startAdmin }) => {
      const url = await startAdmin()
      expect((await fetch(`${url}${path}`)).status).toBe(404)
    },
  )

  it('has the guide that verdicts link, with a heading for each code', async ({ startAdmin }) => {
    const url = await startAdmin()
    const response = await fetch(`${url}/docs/diagnoses.md`)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    const html = await response.text()
    expect(html).toContain('<h3 id="no-device">no-device</h3>')
    expect(html).toContain('<strong>Fix:</strong>')
    expect(html).not.toMatch(/<(?!\/?(!doctype|html|head|meta|title|link|body|main|h\d|p|pre|code|strong)\b)/)
  })

  it('asks for the token only where calls are named', async ({ startAdmin }) => {
    const url = await startAdmin({ token: 'a-token-for-the-admin-port' })
    for (const path of ['/', '/page.js', '/docs/diagnoses.md'])
      expect((await fetch(`${url}${path}`)).status).toBe(200)
    expect((await fetch(`${url}/status`)).status).toBe(401)
    const headers = { authorization: 'Bearer a-token-for-the-admin-port' }
    expect((await fetch(`${url}/status`, { headers })).status).toBe(200)
  })

  it('without a token, tells the status only to this machine', async ({ startAdmin, skip }) => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find(each => each?.family === 'IPv4' && !each.internal)?.address
    if (!address) return skip('this machine has no network')
    const { port } = new URL(await startAdmin({ host: '0.0.0.0' }))
    const refused = await fetch(`http://${address}:${port}/status`)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('ADMIN_TOKEN') } })
    expect((await fetch(`http://${address}:${port}/`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/status`)).status).toBe(200)
  })
})

describe('GET /status', () => {
  it('shows the jobs that wait in each queue, and says that no worker takes them', async ({
    startAdmin,
    enqueue,
  }) => {
    const url = await startAdmin()
    await enqueue(CALLS, 7_000)
    await enqueue(CALLS, 3_000)
    await enqueue('pushes-fcm', 500)
    const { queues, workers, process, at } = await readStatus(url)
    expect({ at, process, workers }).toEqual({
      at: new Date(NOW).toISOString(),
      process: 'worker',
      workers: [],
    })
    expect(queues.map(({ name }) => name)).toEqual(allQueues(['apns', 'fcm']))
    const named = new Map(queues.map(({ name, ...queue }) => [name, queue]))
    expect(named.get(CALLS)).toMatchObject({
      waiting: 2,
      active: 0,
      oldestMs: 7_000,
      workers: 0,
      problem: { fix: expect.stringContaining('Start a worker') },
    })
    expect(named.get('pushes-fcm')).toMatchObject({
      waiting: 1,
      oldestMs: 500,
      problem: { fix: expect.stringContaining('WORKER_QUEUES') },
    })
    // Its provider may not be configured.
    expect(named.get('pushes-apns')).toEqual({ waiting: 0, active: 0, oldestMs: 0, workers: 0 })
  })

  it('shows the live workers, and reports no problem with the queues that they take', async ({
    startAdmin,
    beat,
    enqueue,
  }) => {
    const url = await startAdmin()
    const id = beat([CALLS, 'groups', 'pushes-fcm'])
    await enqueue(CALLS, 1_000)
    await expect.poll(async () => (await readStatus(url)).workers, patience).toHaveLength(1)
    const { workers, queues, breakers } = await readStatus(url)
    expect(workers).toMatchObject([
      { id, version: '1.2.3', runsMs: 60_000, queues: [CALLS, 'groups', 'pushes-fcm'], leaves: [] },
    ])
    expect(queues.filter(({ problem }) => problem)).toEqual([])
    expect(queues.find(({ name }) => name === CALLS)).toMatchObject({ waiting: 1, workers: 1 })
    expect(breakers).toEqual([])
  })

  it('says that jobs wait for too long although a worker takes them', async ({
    startAdmin,
    beat,
    enqueue,
  }) => {
    const url = await startAdmin()
    beat([CALLS, 'groups'])
    await enqueue(CALLS, 12_000)
    const problem = async () => (await readStatus(url)).queues.find(({ name }) => name === CALLS)?.problem
    await expect.poll(async () => (await problem())?.sentence, patience).toBe('A job has waited for 12 s.')
  })

  it('names the queues that workers leave to others, and how many workers still take them', async ({
    startAdmin,
    beat,
  }) => {
    const url = await startAdmin()
    const one = beat([CALLS, 'groups'], ['pushes-apns'])
    const breakers = async () => (await readStatus(url)).breakers
    await expect.poll(breakers, patience).toHaveLength(1)
    expect(await breakers()).toEqual([
      {
        queue: 'pushes-apns',
        leftBy: [one],
        takenBy: 0,
        sentence: 'No worker reaches the provider, so its phones get no pushes.',
        fix: expect.stringContaining('npm run ringer -- doctor'),
      },
    ])
    const problem = async () =>
      (await readStatus(url)).queues.find(({ name }) => name === 'pushes-apns')?.problem
    expect(await problem()).toMatchObject({ sentence: expect.stringMatching(/^No worker reaches/) })
    beat([CALLS, 'groups', 'pushes-apns'])
    await expect
      .poll(breakers, patience)
      .toMatchObject([{ takenBy: 1, sentence: expect.stringMatching(/^1 of 2 workers cannot reach/) }])
    expect(await problem()).toBeUndefined()
  })

  it('has rates and latencies of the process, without what is still 0', async ({ startAdmin }) => {
    const registry = new Registry()
    const webhooks = new Counter({
      name: 'ringer_webhooks_total',
      help: 'Webhooks',
      labelNames: ['answer'],
      registers: [registry],
    })
    webhooks.inc({ answer: 'queued' }, 3)
    webhooks.inc({ answer: 'duplicate' }, 0)
    const seconds = new Histogram({
      name: 'ringer_ring_seconds',
      help: 'Rings',
      labelNames: ['provider'],
      buckets: [0.1, 1],
      registers: [registry],
    })
    seconds.zero({ provider: 'fcm' })
    for (const value of [0.05, 0.5, 3]) seconds.observe({ provider: 'apns' }, value)
    const { figures } = await readStatus(await startAdmin({ registry }))
    expect(figures).toEqual({
      counts: [{ metric: 'ringer_webhooks_total', labels: { answer: 'queued' }, count: 3 }],
      latencies: [
        {
          metric: 'ringer_ring_seconds',
          labels: { provider: 'apns' },
          buckets: [
            { uptoMs: 100, count: 1 },
            { uptoMs: 1_000, count: 2 },
            { uptoMs: null, count: 3 },
          ],
        },
      ],
    })
  })

  // A worker's commands wait until Redis is back.
  it('answers 503 while Redis does not answer', async ({ store }) => {
    const { page, ...deps } = adminDeps(store, new Registry())
    const server = createAdminServer({ ...deps, page: { ...page, readStatus: () => new Promise(() => {}) } })
    const { statusCode, body } = await server.inject('/status')
    expect(statusCode).toBe(503)
    expect(JSON.parse(body).error.message).toContain('could not read the status')
  })
})
