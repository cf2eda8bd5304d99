import { describe, expect } from 'vitest'
import { send } from '../send.ts'
import { APP_ID, it, SESSION_ID } from './phone-stage.ts'

const DAY_MS = 86_400_000

const post = (url: string, body: unknown) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return send(url, { body: text, headers: { 'content-type': 'application/json' } })
}

/** The value of a series in the text of the metrics. */
const readSeries = (metrics: string, series: string) =>
  Number(
    metrics
      .split('\n')
      .find(line => line.startsWith(`${series} `))
      ?.split(' ')[1],
  )
const counted = (event: string, provider = 'fcm') =>
  `ringer_receipts_total{app="default",provider="${provider}",event="${event}"}`

describe('a receipt', () => {
  it('is recorded with the time of Redis’s clock, and gives the time to the screen', async ({
    stage,
    store,
  }) => {
    const ingress = await stage.startIngress({ clock: () => Date.now() + 5_000 })
    const phone = await stage.ring()
    const body = {
      ...{
        event: 'shown',
        at: phone.receivedAt + 300,
        deliveredPriority: 'normal',
        originalPriority: 'high',
      },
      ...{ appVersion: '2.1 (77)', osVersion: 'Android 16', unknown: 'dropped' },
    }
    const answer = await post(`${ingress.url}${phone.path}`, body)
    expect([answer.status, answer.text]).toEqual([204, ''])
    const [ring] = (await store.calls.read(APP_ID, SESSION_ID))?.rings ?? []
    const { event, at, unknown, ...rest } = body
    expect(ring?.devices[0]?.receipts).toEqual({
      shown: { at: expect.any(Number), phoneAt: at, ...rest },
    })
    const ms = (ring?.devices[0]?.receipts?.shown?.at ?? 0) - phone.receivedAt
    expect(ms).toBeGreaterThanOrEqual(5_000)
    const metrics = await ingress.metrics()
    expect(readSeries(metrics, counted('shown'))).toBe(1)
    const labels = '{app="default",provider="fcm"}'
    expect(readSeries(metrics, `ringer_shown_seconds_count${labels}`)).toBe(1)
    expect(readSeries(metrics, `ringer_shown_seconds_sum${labels}`)).toBeCloseTo(ms / 1_000, 3)
    expect(ingress.log()).toContain('"receipt":"shown","deliveredPriority":"normal"')
  })

  it('of each event counts once, however many arrive at once at two ingresses', async ({ stage, store }) => {
    const ingresses = [await stage.startIngress(), await stage.startIngress()]
    const phone = await stage.ring({ platform: 'ios' })
    const posts = ingresses.flatMap(({ url }) =>
      Array.from({ length: 20 }, (_, index) =>
        post(`${url}${phone.path}`, { event: 'shown', at: phone.receivedAt + index }),
      ),
    )
    const answers = await Promise.all(posts)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
    const texts = await Promise.all(ingresses.map(ingress => ingress.metrics()))
    const sum = texts.reduce((total, text) => total + readSeries(text, counted('shown', 'apns')), 0)
    expect(sum).toBe(1)
    const kept = (await store.calls.read(APP_ID, SESSION_ID))?.rings[0]?.devices[0]?.receipts
    for (const { url } of ingresses) await post(`${url}${phone.path}`, { event: 'shown', appVersion: '9' })
    await post(`${ingresses[0]?.url}${phone.path}`, { event: 'full-screen-denied' })
    const after = (await store.calls.read(APP_ID, SESSION_ID))?.rings[0]?.devices[0]?.receipts
    expect(after).toEqual({ ...kept, 'full-screen-denied': { at: expect.any(Number) } })
  })

  it('that comes before the outcome of the push is not lost', async ({ stage, store }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    await post(`${ingress.url}${phone.path}`, { event: 'suppressed' })
    await store.calls.recordDevice(phone.ringId, phone.deviceId, { outcome: 'accepted', status: 200 })
    expect((await store.calls.read(APP_ID, SESSION_ID))?.rings[0]?.devices).toMatchObject([
      { outcome: 'accepted', receipts: { suppressed: { at: expect.any(Number) } } },
    ])
  })

  it('after the end of the call is recorded as the phone’s own event, not as “late”', async ({
    stage,
    store,
  }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    await stage.end()
    expect((await post(`${ingress.url}${phone.path}`, { event: 'shown' })).status).toBe(204)
    const [device] = (await store.calls.read(APP_ID, SESSION_ID))?.rings[0]?.devices ?? []
    expect(Object.keys(device?.receipts ?? {})).toEqual(['shown'])
  })

  it('is taken until a day after the end of the ring', async ({ stage }) => {
    let ahead = 0
    const ingress = await stage.startIngress({ clock: () => Date.now() + ahead })
    const phone = await stage.ring()
    ahead = phone.deadline + DAY_MS - 1_000 - Date.now()
    expect((await post(`${ingress.url}${phone.path}`, { event: 'late' })).status).toBe(204)
    ahead = phone.deadline + DAY_MS - Date.now()
    expect((await post(`${ingress.url}${phone.path}`, { event: 'shown' })).status).toBe(410)
  })

  it('may have null in place of what the phone does not know', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const body = { event: 'shown', at: null, deliveredPriority: null, appVersion: null }
    expect((await post(`${ingress.url}${phone.path}`, body)).status).toBe(204)
  })

  it.for([
    [
      'without an event',
      {},
      /^event: must be one of shown, suppressed, late, duplicate, full-screen-denied$/,
    ],
    ['of an unknown event', { event: 'rang' }, /^event: must be one of/],
    ['with a time in words', { event: 'shown', at: 'now' }, /^at: must be a number$/],
    ['with a time in the far future', { event: 'shown', at: 1e15 }, /^at: must be in whole milliseconds/],
    ['with half a millisecond', { event: 'shown', at: 1.5 }, /^at: must be in whole milliseconds/],
    [
      'of an unknown priority',
      { event: 'shown', deliveredPriority: 1 },
      /^deliveredPriority: must be high or normal$/,
    ],
    [
      'with a long version',
      { event: 'shown', osVersion: 'v'.repeat(65) },
      /^osVersion: must have at most 64/,
    ],
    [
      'with a version that would write to an operator’s terminal',
      { event: 'shown', appVersion: '1.0\u001b[2J\nexpected: answered' },
      /^appVersion: must have at most 64 printable ASCII characters$/,
    ],
    [
      'with two mistakes',
      { event: 'x', appVersion: 7 },
      /^event: must be one of .*; appVersion: must be a text$/,
    ],
  ] as const)(
    '%s is refused, and the answer names the field',
    async ([, body, message], { stage, store }) => {
      const ingress = await stage.startIngress()
      const phone = await stage.ring()
      const { status, body: answer } = await post(`${ingress.url}${phone.path}`, body)
      expect([status, answer.error?.code]).toEqual([400, 'invalid_receipt'])
      expect(answer.error?.message).toMatch(message)
      const [device] = (await store.calls.read(APP_ID, SESSION_ID))?.rings[0]?.devices ?? []
      expect(device).not.toHaveProperty('receipts')
    },
  )

  it.for(['', '[]', '"shown"', '{', '{"event":"shown"'])(
    'that is not a JSON object is refused: %s',
    async (body, { stage }) => {
      const ingress = await stage.startIngress()
      const phone = await stage.ring()
      const { status, body: answer } = await post(`${ingress.url}${phone.path}`, body)
      expect([status, answer.error?.code]).toEqual([400, 'invalid_json'])
    },
  )

  it('has at most 2 KiB', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const padded = (bytes: number) => JSON.stringify({ event: 'shown' }).padEnd(bytes)
    expect((await post(`${ingress.url}${phone.path}`, padded(2_048))).status).toBe(204)
    expect((await post(`${ingress.url}${phone.path}`, padded(2_049))).status).toBe(413)
  })

  it('at a wrong URL is refused before its body is read', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const answer = await send(`${ingress.url}/r/${'A'.repeat(64)}`, {
      headers: { 'content-length': 1_000 },
      body: '{',
      unfinished: true,
    })
    expect([answer.status, answer.headers.connection]).toEqual([404, 'close'])
  })

  it('is answered 503 while Redis is away', async ({ stage, store }) => {
    const rings = {
      read: () => Promise.reject(new Error('Connection is closed.')),
      addReceipt: () => Promise.reject(new Error('Connection is closed.')),
    }
    const ingress = await stage.startIngress({ phones: { rings } })
    const phone = await stage.ring()
    const answer = await post(`${ingress.url}${phone.path}`, { event: 'shown' })
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect((await send(`${ingress.url}${phone.path}`, { method: 'GET' })).status).toBe(503)
    expect(await store.calls.read(APP_ID, SESSION_ID)).toBeDefined()
  })
})

it('a receipt that could not be noted for the app’s backend is answered 503, and noted when it is repeated', async ({
  stage,
}) => {
  const noted: string[] = []
  let isAway = true
  const events = {
    ring: async ({ ringId }: { ringId: string }) => {
      if (isAway) throw new Error('Redis is away')
      noted.push(ringId)
    },
    device: async () => {},
  }
  const ingress = await stage.startIngress({ phones: { events } })
  const phone = await stage.ring()
  const url = `${ingress.url}${phone.path}`
  expect((await post(url, { event: 'shown' })).status).toBe(503)
  isAway = false
  expect((await post(url, { event: 'shown' })).status).toBe(204)
  expect((await post(url, { event: 'duplicate' })).status).toBe(204)
  expect(noted).toEqual([phone.ringId])
  expect(readSeries(await ingress.metrics(), counted('shown'))).toBe(1)
})
