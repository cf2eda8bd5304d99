import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OutgoingEvent } from '@ringer/payloads'
import { createLogger } from '@ringer/service'
import { it as base, describe, expect } from 'vitest'
import { createReceiver, type Receiver } from '../../src/events/create-receiver.ts'
import { deliverEvent } from '../../src/events/deliver-event.ts'
import type { EventDeps } from '../../src/events/event-deps.ts'
import { planDelivery } from '../../src/events/plan-delivery.ts'
import { EVENTS_IN_HAND, serveEvents } from '../../src/events/serve-events.ts'
import { createWorkerMetrics } from '../../src/metrics.ts'

const event: OutgoingEvent = {
  ...{ id: '6ab5c06f-2a4b-5a25-9dd1-7c2b0b7f1a10', appId: 'app-1', type: 'ring.ended' },
  occurredAt: '2026-11-29T12:00:00.000Z',
  data: {
    ...{ ringId: 'ring-1', sessionId: 'session-1', recipient: 'bob', caller: 'alice', callType: 'audio' },
    ...{ receivedAt: '2026-11-29T11:59:00.000Z', deadline: '2026-11-29T11:59:30.000Z', action: 'ended' },
  },
}

interface Stage {
  receiver: Receiver
  /** What is answered: a status, or undefined for nothing. */
  answer: { status: number | undefined }
  requests: () => number
  deps: EventDeps
  /** Whether the queue has room for an event that waits, and what was said about it. */
  queue: { hasRoom: boolean; settled: string[] }
  results(): Promise<string>
}

const LEFT_MS = 100

const it = base.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  stage: async ({}, use) => {
    const answer: Stage['answer'] = { status: 204 }
    let requests = 0
    const server = createServer((request, response) => {
      requests += 1
      request.resume()
      if (answer.status !== undefined) response.writeHead(answer.status).end()
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const log = createLogger('test', 'silent')
    const receiver = createReceiver(
      { url, secrets: ['q4Zt8vV0sW3nYxKJr1LmP9dEoHc7BgTuA5fRi2NwSjM='], allowInside: true, limitMs: 300 },
      { appId: 'app-1', log, inHand: 2, leftMs: LEFT_MS },
    )
    const metrics = createWorkerMetrics({ apps: new Map([['app-1', []]]), providers: [] })
    const receivers = new Map([['app-1', receiver]])
    const queue: Stage['queue'] = { hasRoom: true, settled: [] }
    const events = {
      mayWait: async () => queue.hasRoom,
      settle: async ({ id }: OutgoingEvent) => void queue.settled.push(id),
    }
    const deps = { log, receivers, events, metrics, clock: () => 0 } as unknown as EventDeps
    await use({
      ...{ receiver, answer, deps, queue, requests: () => requests },
      results: () => metrics.registry.getSingleMetricAsString('ringer_events_total'),
    })
    receiver.close()
    server.closeAllConnections()
    server.close()
  },
})

const job = (failures = 0) => ({ kind: 'deliver' as const, event, failures })

describe('the queue of events', () => {
  it('has places that the slow backends of other apps cannot take', ({ stage }) => {
    const receivers = new Map(['app-1', 'app-2', 'app-3'].map(appId => [appId, stage.receiver]))
    const { concurrency } = serveEvents({ ...stage.deps, receivers })
    const takenByTheSlow = 2 * EVENTS_IN_HAND
    expect(concurrency - takenByTheSlow).toBeGreaterThan(EVENTS_IN_HAND)
  })
})

describe('an event', () => {
  it('that is answered with 2xx is done', async ({ stage }) => {
    expect(await deliverEvent(job(), stage.deps)).toEqual({ done: true })
    expect(await stage.results()).toContain('result="delivered"} 1')
  })

  it.for([[301], [302], [400], [404], [500], [503], [undefined]] as const)(
    'that is answered with %s is sent again in some seconds',
    async ([status], { stage }) => {
      stage.answer.status = status
      const next = await deliverEvent(job(), stage.deps)
      expect(next).toMatchObject({ done: false, job: { failures: 1, event: { id: event.id } } })
      expect('at' in next && next.at).toBeGreaterThanOrEqual(5_000)
      expect('at' in next && next.at).toBeLessThanOrEqual(5_500)
    },
  )

  it('is given up after nine attempts', async ({ stage }) => {
    stage.answer.status = 500
    expect(await deliverEvent(job(7), stage.deps)).toMatchObject({ done: false })
    expect(await deliverEvent(job(8), stage.deps)).toEqual({ done: true })
    expect(await stage.results()).toContain('result="given-up"} 1')
  })

  it('is given up if there is no room for it to wait', async ({ stage }) => {
    stage.answer.status = 500
    stage.queue.hasRoom = false
    expect(await deliverEvent(job(), stage.deps)).toEqual({ done: true })
    expect(await stage.results()).toContain('result="given-up"} 1')
  })

  it('that has waited gives its place back when it is delivered or given up', async ({ stage }) => {
    await deliverEvent(job(1), stage.deps)
    expect(stage.queue.settled).toEqual([event.id])
    await deliverEvent(job(0), stage.deps)
    expect(stage.queue.settled).toHaveLength(1)
    stage.answer.status = 500
    await deliverEvent(job(8), stage.deps)
    expect(stage.queue.settled).toHaveLength(2)
  })

  it('of an app that this worker has no settings for is left to other workers', async ({ stage }) => {
    const foreign = { ...job(), event: { ...event, appId: 'app-2' } }
    expect(await deliverEvent(foreign, stage.deps)).toMatchObject({ done: false })
    expect(stage.requests()).toBe(0)
  })
})

it('waits longer after each failure, eight hours in all, and as long as the backend asks', () => {
  const delays = Array.from({ length: 9 }, (_, index) => planDelivery(index + 1, 0, () => 0))
  expect(delays.map(delay => delay && delay / 1_000)).toEqual([
    ...[5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, undefined],
  ])
  expect(planDelivery(1, 60_000, () => 0)).toBe(60_000)
  expect(planDelivery(1, 9e9, () => 0)).toBe(14_400_000)
  expect(planDelivery(1, 0, () => 1)).toBe(5_500)
})

describe('a backend', () => {
  it('that fails five times in a row is asked with one event at a time, and no sooner than after a pause', async ({
    stage,
  }) => {
    stage.answer.status = 500
    for (let number = 1; number <= 5; number += 1) await stage.receiver.deliver(event)
    expect(await stage.receiver.deliver(event)).toEqual({ kind: 'left' })
    expect(stage.requests()).toBe(5)
    await expect.poll(async () => (await stage.receiver.deliver(event)).kind, { interval: 10 }).toBe('failed')
    expect(stage.requests()).toBe(6)
    stage.answer.status = 204
    await expect
      .poll(async () => (await stage.receiver.deliver(event)).kind, { interval: 10 })
      .toBe('delivered')
    expect((await stage.receiver.deliver(event)).kind).toBe('delivered')
  })

  it('has no more events under way than it may have', async ({ stage }) => {
    stage.answer.status = undefined
    const results = await Promise.all(Array.from({ length: 5 }, () => stage.receiver.deliver(event)))
    expect(results.map(({ kind }) => kind)).toEqual(['left', 'left', 'left', 'failed', 'failed'].toReversed())
  })

  it('that answers 410 is never asked again', async ({ stage }) => {
    stage.answer.status = 410
    expect(await deliverEvent(job(), stage.deps)).toEqual({ done: true })
    expect(stage.receiver.isOn()).toBe(false)
    stage.answer.status = 204
    expect(await deliverEvent(job(), stage.deps)).toEqual({ done: true })
    expect(stage.requests()).toBe(1)
  })
})
