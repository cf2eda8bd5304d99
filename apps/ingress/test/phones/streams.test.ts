import { startRedis, startRelay } from '@ringer/fakes'
import { connectPatient, createCallRecords, createKeys, watchRingChanges } from '@ringer/store'
import { describe, expect, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../../test/fixtures/describe-with-redis-server.ts'
import { openIngress } from '../start-ingress.ts'
import { APP_ID, it, openStream, SESSION_ID } from './phone-stage.ts'

/** What is promised. */
const TOLD_WITHIN_MS = 100
const patient = { timeout: 10_000, interval: 20 }

const actions = (stream: { states(): { callAction: string }[] }) =>
  stream.states().map(({ callAction }) => callAction)

describe('a stream of state', () => {
  it('begins with the state, and ends with the call', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const stream = await openStream(`${ingress.url}${phone.path}`)
    expect(stream.status).toBe(200)
    expect(stream.headers).toMatchObject({
      ...{ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
      ...{ 'access-control-allow-origin': '*', 'x-accel-buffering': 'no' },
    })
    await expect.poll(stream.states).toEqual([
      {
        ...{ state: 'ringing', callAction: 'initiated', deadline: phone.deadline, now: expect.any(Number) },
        ...{ caller: { uid: 'alice', name: 'Alice Moreau' }, avatar: expect.any(String) },
      },
    ])
    await stage.end('rejected')
    expect(await stream.ended).toBe('ended')
    expect(actions(stream)).toEqual(['initiated', 'rejected'])
  })

  it('reports an end within 100 ms after another process wrote it, at every ingress', async ({ stage }) => {
    const ingresses = [await stage.startIngress(), await stage.startIngress()]
    const took: number[] = []
    for (const round of [1, 2, 3, 4, 5]) {
      const phone = await stage.ring({ recipient: `bob-${round}` })
      const streams = await Promise.all(ingresses.map(({ url }) => openStream(`${url}${phone.path}`)))
      for (const stream of streams) await expect.poll(() => actions(stream)).toEqual(['initiated'])
      const startedAt = performance.now()
      await stage.end('cancelled', `bob-${round}`)
      await Promise.all(streams.map(({ ended }) => ended))
      took.push(performance.now() - startedAt)
      for (const stream of streams) expect(actions(stream)).toEqual(['initiated', 'cancelled'])
    }
    // The median, because a busy machine may delay one of them.
    expect(took.toSorted((one, other) => one - other)[2]).toBeLessThan(TOLD_WITHIN_MS)
  })

  it('tells an answer, then on which phone, then the end', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const stream = await openStream(`${ingress.url}${phone.path}`)
    await stage.answer()
    await expect.poll(() => actions(stream)).toEqual(['initiated', 'ongoing'])
    await stage.answer(phone.deviceId)
    await expect.poll(() => stream.states().at(-1)).toMatchObject({ answeredHere: true })
    await stage.end('ended')
    expect(await stream.ended).toBe('ended')
    expect(actions(stream)).toEqual(['initiated', 'ongoing', 'ongoing', 'ended'])
  })

  it('tells at the deadline that nobody answered, and ends', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring({ ringMs: 1_500 })
    const stream = await openStream(`${ingress.url}${phone.path}`)
    expect(await stream.ended).toBe('ended')
    expect(stream.states().map(({ state }) => state)).toEqual(['ringing', 'expired'])
    expect(Date.now()).toBeGreaterThanOrEqual(phone.deadline)
  })

  it('of a call that was answered ends at the deadline, not with the call', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring({ ringMs: 1_500 })
    await stage.answer(phone.deviceId)
    const stream = await openStream(`${ingress.url}${phone.path}`)
    expect(await stream.ended).toBe('ended')
    expect(actions(stream)).toEqual(['ongoing'])
  })

  it('of a call that is over says so, and ends', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    await stage.end('busy')
    const stream = await openStream(`${ingress.url}${phone.path}`)
    expect(await stream.ended).toBe('ended')
    expect(actions(stream)).toEqual(['busy'])
  })

  it('is not told of the other members of a group', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const event = { receiver: { uid: 'chess', type: 'group' as const } }
    const [bob, carol] = [await stage.ring({ event }), await stage.ring({ recipient: 'carol', event })]
    const streams = [
      await openStream(`${ingress.url}${bob.path}`),
      await openStream(`${ingress.url}${carol.path}`),
    ] as const
    await stage.end('rejected', 'carol')
    await streams[1].ended
    await stage.end('cancelled', 'bob')
    await streams[0].ended
    expect(streams.map(actions)).toEqual([
      ['initiated', 'cancelled'],
      ['initiated', 'rejected'],
    ])
    expect(streams[0].text()).not.toContain('carol')
  })

  it('sends a comment from time to time, so that proxies keep it open', async ({ stage }) => {
    const ingress = await stage.startIngress({ phones: { commentMs: 20 } })
    const phone = await stage.ring()
    const stream = await openStream(`${ingress.url}${phone.path}`)
    await expect.poll(() => stream.text().match(/^:$/gm)?.length ?? 0).toBeGreaterThan(2)
    expect(actions(stream)).toEqual(['initiated'])
  })

  it('of one URL makes room for the next ones: two are open at once', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const streams = []
    for (let round = 0; round < 3; round += 1) streams.push(await openStream(`${ingress.url}${phone.path}`))
    expect(await streams[0]?.ended).toBe('ended')
    await expect.poll(() => openStreams(ingress)).toBe(2)
  })

  it('takes at most half of the connections; above that, the answer is 503', async ({ stage }) => {
    const ingress = await stage.startIngress({ maxConnections: 6, trustProxy: 1 })
    const phones = await Promise.all(['a', 'b', 'c', 'd'].map(recipient => stage.ring({ recipient })))
    const open = []
    for (const [index, { path }] of phones.slice(0, 3).entries())
      open.push(await openStream(`${ingress.url}${path}`, from(index)))
    const url = `${ingress.url}${phones[3]?.path}`
    const refused = await openStream(url)
    expect(refused.status).toBe(503)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    open[0]?.leave()
    await expect.poll(() => openStreams(ingress)).toBe(2)
    expect((await openStream(url)).status).toBe(200)
  })

  it('takes no place after its phone has disconnected, or if it was refused', async ({ stage, store }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const stream = await openStream(`${ingress.url}${phone.path}`)
    await expect.poll(() => openStreams(ingress)).toBe(1)
    stream.leave()
    await expect.poll(() => openStreams(ingress)).toBe(0)
    await store.redis.del(store.keys.ring(phone.ringId))
    expect((await openStream(`${ingress.url}${phone.path}`)).status).toBe(410)
    expect(await openStreams(ingress)).toBe(0)
  })

  it('ends cleanly, and soon, when the ingress closes', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const stream = await openStream(`${ingress.url}${phone.path}`)
    await expect.poll(() => actions(stream)).toEqual(['initiated'])
    const startedAt = performance.now()
    await ingress.server.close()
    expect(await stream.ended).toBe('ended')
    // After 3 s, connections are cut.
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

describe('an end that was missed while the Redis subscription was lost', () => {
  it('is reported as soon as the subscription is back', async ({ stage, store, redis }) => {
    const relay = await startRelay({
      ...{ host: '127.0.0.1', port: 0, upstreamPort: Number(new URL(redis.url).port) },
    })
    onTestFinished(() => relay.close())
    const through = { kind: 'single', url: redis.url.replace(/:\d+/, `:${relay.port}`) } as const
    let listening = 0
    const ingress = await stage.startIngress({
      phones: {
        watch: ({ onChange, onListening }) =>
          watchRingChanges(through, store.keys, {
            onChange,
            onListening() {
              listening += 1
              onListening()
            },
          }),
      },
    })
    await expect.poll(() => listening, patient).toBe(1)
    const phones = [await stage.ring(), await stage.ring({ recipient: 'carol' })]
    const streams = []
    for (const { path } of phones) streams.push(await openStream(`${ingress.url}${path}`))
    for (const stream of streams) await expect.poll(() => actions(stream)).toEqual(['initiated'])
    relay.refuseConnections()
    relay.dropConnections()
    await stage.end()
    expect(streams.map(actions)).toEqual([['initiated'], ['initiated']])
    await relay.acceptConnections()
    for (const stream of streams) expect(await stream.ended).toBe('ended')
    expect(streams.map(actions)).toEqual([
      ['initiated', 'cancelled'],
      ['initiated', 'cancelled'],
    ])
  })
})

describeWithRedisServer('a stream of state, when Redis dies and comes back,', () => {
  it('goes on', async ({ stage }) => {
    const own = await startRedis({
      kind: 'redis-server',
      args: ['--appendonly', 'yes', '--appendfsync', 'always'],
    })
    onTestFinished(() => own.close())
    const ingress = await openIngress(own.url, { storeLimitMs: 500 })
    onTestFinished(ingress.close)
    const redis = connectPatient({ kind: 'single', url: own.url })
    onTestFinished(() => redis.disconnect())
    const calls = createCallRecords(redis, createKeys(ingress.prefix))
    const phone = await stage.ring({}, { calls, devices: ingress.devices })
    const stream = await openStream(`${ingress.url}${phone.path}`)
    await expect.poll(() => actions(stream)).toEqual(['initiated'])
    await own.kill()
    await own.restart()
    const end = { kind: 'end', action: 'cancelled', sessionId: SESSION_ID } as const
    await calls.end('job-e', APP_ID, end, Date.now())
    expect(await stream.ended).toBe('ended')
    expect(actions(stream)).toEqual(['initiated', 'cancelled'])
  })
})

/** Each client has an address of its own. Only believed with TRUST_PROXY. */
const from = (client: number) => ({ 'x-forwarded-for': `203.0.113.${client}` })

async function openStreams(ingress: { metrics(): Promise<string> }) {
  return Number(/^ringer_state_streams (\d+)$/m.exec(await ingress.metrics())?.[1])
}
