import {
  type AlertJob,
  type CallEvent,
  type CallJob,
  callJob,
  eventId,
  type PushJob,
  pushJob,
  type RingJob,
  type StopJob,
} from '@ringer/payloads'
import {
  alertQueueName,
  CALLS,
  type CallQueue,
  connectFailFast,
  connectPatient,
  createCallQueue,
  createPushQueues,
  DUPLICATE_WINDOW_MS,
  GROUPS,
  pushQueueName,
  type RedisClient,
  type Shares,
  watchCalls,
} from '@ringer/store'
import { Queue, Worker } from 'bullmq'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { APP_ID, SENT_AT, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { ARRIVED_AT, ringToClaim } from '../calls/claim-ring.ts'
import { describeStore, type TestStore } from '../describe-store.ts'

const job = (event: CallEvent = ringToClaim().event): CallJob => ({
  appId: APP_ID,
  event,
  receivedAt: ARRIVED_AT,
  deadline: SENT_AT + 30_000,
})
const cancel: CallEvent = { kind: 'end', action: 'cancelled', sessionId: SESSION_ID }
const answer: CallEvent = { kind: 'answer', sessionId: SESSION_ID, uid: 'bob' }
const nextRing: CallEvent = ringToClaim({ sessionId: 'v1.eu.next' }).event
const { recipient, ...called } = ringToClaim().event
const groupCall: CallEvent = { ...called, kind: 'group', sessionId: 'v1.eu.group' }
const message = (tag: string): CallEvent => ({
  kind: 'chat',
  recipient: 'bob',
  notification: { title: 'Alice Moreau', body: 'Are you there?', collapse: tag, data: { type: 'chat', tag } },
  sentAt: SENT_AT,
})

describeStore('the call queue', it => {
  it('stores a call unchanged', async ({ store }) => {
    const queue = openQueue(store)
    expect(await queue.enqueue(job())).toBe('queued')
    const [stored] = await inspect(store, CALLS).getWaiting()
    expect(stored?.data).toEqual(JSON.parse(JSON.stringify(job())))
    expect(stored?.name).toBe('ring')
  })

  it('stores an event once when ten requests deliver it at once to two ingresses', async ({ store }) => {
    const queues = [openQueue(store), openQueue(store)]
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, number) =>
        queues[number % 2]?.enqueue({ ...job(), receivedAt: ARRIVED_AT + number }),
      ),
    )
    expect(results.filter(result => result === 'queued')).toHaveLength(1)
    expect(results.filter(result => result === 'duplicate')).toHaveLength(9)
    expect(await inspect(store, CALLS).getWaitingCount()).toBe(1)
  })

  it('puts the rings of a caller who exceeded their share behind all others, and recognises their duplicates', async ({
    store,
  }) => {
    let isOver = true
    const queue = openQueue(store, { isOver: () => isOver })
    expect(await queue.enqueue(job())).toBe('queued')
    isOver = false
    expect(await queue.enqueue(job())).toBe('duplicate')
    await queue.enqueue(job(message('1')))
    await queue.enqueue(job(nextRing))
    expect(await work(store, CALLS, 3)).toMatchObject([
      { event: { sessionId: 'v1.eu.next' } },
      { event: { sessionId: SESSION_ID }, yields: true },
      { event: { kind: 'chat' } },
    ])
  })

  it('recognises a duplicate after its job is done', async ({ store }) => {
    const queue = openQueue(store)
    await queue.enqueue(job())
    await work(store, CALLS, 1)
    expect(await queue.enqueue(job())).toBe('duplicate')
    expect(await inspect(store, CALLS).getWaitingCount()).toBe(0)
  })

  it('stores the cancellation of a call, its answer and the next call as events of their own', async ({
    store,
  }) => {
    const queue = openQueue(store)
    const results = []
    for (const event of [job().event, cancel, answer, nextRing]) results.push(await queue.enqueue(job(event)))
    expect(results).toEqual(['queued', 'queued', 'queued', 'queued'])
  })

  it('forgets an event after the duplicate window, so that a session id can be used again', async ({
    store,
  }) => {
    const { redis, prefix } = store
    await openQueue(store).enqueue(job())
    const left = await redis.pttl(`${prefix}:${CALLS}:de:${eventId(APP_ID, job().event)}`)
    expect(left).toBeGreaterThan(DUPLICATE_WINDOW_MS - 20_000)
    expect(left).toBeLessThanOrEqual(DUPLICATE_WINDOW_MS)
  })

  it('lets an end and an answer overtake waiting rings, which keep their order', async ({ store }) => {
    const queue = openQueue(store)
    for (const event of [job().event, nextRing, answer, cancel]) await queue.enqueue(job(event))
    const done = await work(store, CALLS, 4)
    expect(done.map(({ event }: CallJob) => event.kind)).toEqual(['end', 'answer', 'ring', 'ring'])
    expect(done.slice(2).map(({ event }: CallJob) => event.sessionId)).toEqual([SESSION_ID, 'v1.eu.next'])
  })

  it('lets every call overtake waiting messages, which keep their order', async ({ store }) => {
    const queue = openQueue(store)
    const events = [message('1'), message('2'), job().event, message('3'), answer, cancel]
    for (const event of events) await queue.enqueue(job(event))
    const done = await work(store, CALLS, events.length)
    expect(done.map(({ event }) => event.kind)).toEqual(['end', 'answer', 'ring', 'chat', 'chat', 'chat'])
    expect(done.flatMap(({ event }) => (event.kind === 'chat' ? [event.notification.collapse] : []))).toEqual(
      ['1', '2', '3'],
    )
  })

  it('keeps calls to groups in a queue of their own, so that other calls do not wait for them', async ({
    store,
  }) => {
    const queue = openQueue(store)
    await queue.enqueue(job(groupCall))
    await queue.enqueue(job())
    const [done] = await work(store, CALLS, 1)
    expect(done?.event.kind).toBe('ring')
    const waiting = await inspect(store, GROUPS).getWaiting()
    expect(waiting.map(({ data }) => callJob.parse(data).event.kind)).toEqual(['group'])
  })

  it('stores a message once, and another message too', async ({ store }) => {
    const queue = openQueue(store)
    expect(await queue.enqueue(job(message('1')))).toBe('queued')
    expect(await queue.enqueue({ ...job(message('1')), receivedAt: ARRIVED_AT + 10_000 })).toBe('duplicate')
    expect(await queue.enqueue(job(message('2')))).toBe('queued')
    const stored = await inspect(store, CALLS).getPrioritized()
    expect(stored.map(({ data }) => callJob.parse(data).event)).toEqual([message('1'), message('2')])
  })

  it('keeps no job of a completed message, and still recognises its duplicate', async ({ store }) => {
    const queue = openQueue(store)
    await queue.enqueue(job(message('1')))
    await work(store, CALLS, 1)
    expect(await inspect(store, CALLS).getCompletedCount()).toBe(0)
    expect(await queue.enqueue(job(message('1')))).toBe('duplicate')
  })

  it('keeps no job of a completed call, and still recognises its duplicate', async ({ store }) => {
    const queue = openQueue(store)
    await queue.enqueue(job())
    await work(store, CALLS, 1)
    expect(await inspect(store, CALLS).getCompletedCount()).toBe(0)
    expect(await queue.enqueue(job())).toBe('duplicate')
  })

  it('keeps a limited number of failed jobs', async ({ store }) => {
    const queue = openQueue(store)
    await queue.enqueue(job())
    const [stored] = await inspect(store, CALLS).getWaiting()
    expect(stored?.opts.removeOnFail).toEqual({ count: 10_000 })
  })

  // BullMQ gave a job up after 20 attempts, while Redis refused writes, with 17 s of the ring left.
  it('handles a job again after every failure, until long after its deadline', async ({ store }) => {
    await openQueue(store).enqueue(job())
    const [stored] = await inspect(store, CALLS).getWaiting()
    const { attempts = 0, backoff } = stored?.opts ?? {}
    expect(backoff).toEqual({ type: 'fixed', delay: 500 })
    expect(attempts * 500).toBeGreaterThan(3_600_000)
  })

  it('notifies watchers when a job of a call is done', async ({ store }) => {
    const { target, prefix } = store
    const seen: string[] = []
    const connection = patient(store)
    const watch = watchCalls(connection, prefix, ['apns', 'fcm'], sessionId => seen.push(sessionId))
    onTestFinished(() => watch.close())
    await watch.ready()
    await openQueue(store).enqueue(job())
    await work({ ...store, target }, CALLS, 1)
    await vi.waitFor(() => expect(seen).toEqual([SESSION_ID]), { timeout: 5_000 })
  })
})

describeStore('the push queues', storeIt => {
  const ring: RingJob = {
    kind: 'ring',
    appId: APP_ID,
    ringId: 'ring-1',
    sessionId: 'v1.eu.first',
    deviceId: 'd1',
    deadline: SENT_AT + 30_000,
  }
  const stop: StopJob = { ...ring, kind: 'stop', action: 'cancelled' }
  const alert: AlertJob = {
    kind: 'alert',
    appId: APP_ID,
    alertId: 'alert-1',
    recipient: 'bob',
    deviceId: 'd1',
    deadline: SENT_AT + 3_600_000,
    alert: { title: 'Alice Moreau', body: 'Are you there?', data: { type: 'chat' } },
  }
  const it = storeIt.extend('queues', ({ store }, { onCleanup }) => {
    const connection = connectPatient(store.target)
    const queues = createPushQueues(connection, store.prefix, ['apns', 'fcm'])
    onCleanup(async () => {
      await queues.close()
      connection.disconnect()
    })
    return queues
  })

  it('keep one job for a push that is stored twice', async ({ store, queues }) => {
    await queues.enqueue('apns', [ring])
    await queues.enqueue('apns', [ring, ring])
    const waiting = await inspect(store, pushQueueName('apns')).getWaiting()
    expect(waiting.map(({ data }) => data)).toEqual([ring])
  })

  it('hand out the rings of callers who exceeded their share after all others', async ({ store, queues }) => {
    const yielding = (yields: number) => ({ ...ring, deviceId: `yielding-${yields}`, yields })
    await queues.enqueue('apns', [yielding(30), yielding(1), yielding(3_000_000)])
    await queues.enqueue('apns', [ring])
    expect(await work(store, pushQueueName('apns'), 4)).toMatchObject([
      { deviceId: ring.deviceId },
      ...[1, 30, 3_000_000].map(yields => ({ yields })),
    ])
  })

  // A ring needs no such mark: its record says what became of it.
  it('recognise a duplicate after the stop was sent', async ({ store, queues }) => {
    await queues.enqueue('fcm', [stop])
    await work(store, pushQueueName('fcm'), 1)
    expect(await inspect(store, pushQueueName('fcm')).getCompletedCount()).toBe(0)
    await queues.enqueue('fcm', [stop])
    expect(await inspect(store, pushQueueName('fcm')).getWaitingCount()).toBe(0)
  })

  it('keep the pushes of each provider apart', async ({ store, queues }) => {
    await queues.enqueue('apns', [ring])
    await queues.enqueue('fcm', [{ ...ring, deviceId: 'd2' }])
    const counts = (['apns', 'fcm'] as const).map(provider =>
      inspect(store, pushQueueName(provider)).getWaitingCount(),
    )
    expect(await Promise.all(counts)).toEqual([1, 1])
  })

  it.for<[string, PushJob, PushJob]>([
    ['a ring and its stop', ring, stop],
    ['two stops for different reasons', stop, { ...stop, action: 'unanswered' }],
    ['two phones', ring, { ...ring, deviceId: 'd2' }],
    ['two recipients', ring, { ...ring, ringId: 'ring-2' }],
    ['the next call with the same session id', ring, { ...ring, deadline: ring.deadline + 900_000 }],
    // Finished stop jobs are kept for an hour. When a group called twice within it, its phones went on ringing the second time.
    [
      'the stop of the next call with the same session id',
      stop,
      { ...stop, deadline: stop.deadline + 900_000 },
    ],
    ['two notifications', alert, { ...alert, alertId: 'alert-2' }],
    ['a notification on two phones', alert, { ...alert, deviceId: 'd2' }],
  ])('store two jobs for %s', async ([_, one, other], { store, queues }) => {
    await queues.enqueue('fcm', [one])
    await queues.enqueue('fcm', [other])
    const name = one.kind === 'alert' ? alertQueueName('fcm') : pushQueueName('fcm')
    expect(await inspect(store, name).getWaitingCount()).toBe(2)
  })

  it('keep notifications apart from calls, and those of each provider apart', async ({ store, queues }) => {
    await queues.enqueue('apns', [ring, stop])
    await queues.enqueue('apns', [alert, { ...alert, deviceId: 'd2' }, { ...alert, deviceId: 'd3' }])
    await queues.enqueue('fcm', [{ ...alert, deviceId: 'd4' }])
    const names = (['apns', 'fcm'] as const).flatMap(provider => [
      pushQueueName(provider),
      alertQueueName(provider),
    ])
    expect(names).toEqual(['pushes-apns', 'alerts-apns', 'pushes-fcm', 'alerts-fcm'])
    const counts = await Promise.all(names.map(name => inspect(store, name).getWaitingCount()))
    expect(counts).toEqual([2, 3, 0, 1])
  })

  it('keep one job for a notification that is stored twice, even after it was sent', async ({
    store,
    queues,
  }) => {
    await queues.enqueue('fcm', [alert])
    await queues.enqueue('fcm', [alert, { ...alert, deadline: alert.deadline + 1 }])
    const waiting = await inspect(store, alertQueueName('fcm')).getWaiting()
    expect(waiting.map(({ data }) => pushJob.parse(data))).toEqual([alert])
    await work(store, alertQueueName('fcm'), 1)
    await queues.enqueue('fcm', [alert])
    expect(await inspect(store, alertQueueName('fcm')).getWaitingCount()).toBe(0)
  })

  it('store nothing for an empty fan-out', async ({ store, queues }) => {
    await queues.enqueue('fcm', [])
    expect(await inspect(store, pushQueueName('fcm')).getWaitingCount()).toBe(0)
    expect(await inspect(store, alertQueueName('fcm')).getWaitingCount()).toBe(0)
  })
})

describe('the duplicate window', () => {
  it('is longer than CometChat’s last retry, and shorter than the time until a session id is reused', () => {
    expect(DUPLICATE_WINDOW_MS).toBeGreaterThan(60_000)
    expect(DUPLICATE_WINDOW_MS).toBeLessThan(3_600_000)
  })
})

function patient({ target }: TestStore): RedisClient {
  const connection = connectPatient(target)
  onTestFinished(() => connection.disconnect())
  return connection
}

function openQueue({ target, prefix }: TestStore, shares?: Shares): CallQueue {
  const connection = connectFailFast(target, 2_000)
  const queue = createCallQueue(connection, prefix, shares)
  const ready = new Promise<void>(resolve => connection.once('ready', resolve))
  onTestFinished(async () => {
    await queue.close()
    connection.disconnect()
  })
  return { enqueue: event => ready.then(() => queue.enqueue(event)), close: () => queue.close() }
}

function inspect(store: TestStore, name: string): Queue {
  const queue = new Queue(name, { connection: patient(store), prefix: store.prefix })
  queue.on('error', () => undefined)
  onTestFinished(() => queue.close())
  return queue
}

/** Processes `count` jobs, one after the other. */
async function work(store: TestStore, name: string, count: number): Promise<CallJob[]> {
  const done: CallJob[] = []
  const worker = new Worker<CallJob>(
    name,
    async ({ data }) => {
      done.push(data)
      return { sessionId: data.event?.sessionId }
    },
    { connection: patient(store), prefix: store.prefix, autorun: false },
  )
  onTestFinished(() => worker.close())
  const finished = new Promise<void>(resolve => {
    let left = count
    worker.on('completed', () => {
      left -= 1
      if (left === 0) resolve()
    })
  })
  worker.run().catch(() => undefined)
  await finished
  // Otherwise it would take what the test adds next, and nothing would be seen waiting.
  await worker.close()
  return done
}
