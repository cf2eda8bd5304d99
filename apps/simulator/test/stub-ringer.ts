import { createHmac, randomUUID } from 'node:crypto'
import type { FakeApns, FakeFcm, StandInCredentials } from '@ringer/fakes'
import {
  buildApnsRing,
  buildFcmRing,
  buildFcmStop,
  type CallEvent,
  deadlineOf,
  type EndAction,
  parseWebhook,
  type RingEvent,
} from '@ringer/payloads'
import type { CallRecord, DeviceRecord } from '@ringer/store'
import Fastify from 'fastify'
import { createStubPushSender } from './stub-push-sender.ts'

type StoredDevice = { token: string; platform: 'ios' | 'android' }
export type StubRequest = { headers: Record<string, unknown>; raw: string; body: { trigger?: string } }

/**
 * Ringer in one function, without Redis and without care: an ingress on a real socket that answers, dedupes, keeps
 * records and pushes to the stand-ins, again where there was no answer or a 503. What the simulator meets, small
 * enough to be read.
 */
export async function startStubRinger(deps: {
  secret: string
  registrationKey: string
  /** Where pushes go; without it webhooks are only answered. */
  providers?: { apns: FakeApns; fcm: FakeFcm; credentials: StandInCredentials }
  ringMs?: number
  pushes?: number
}) {
  const devices = new Map<string, StoredDevice>()
  const records = new Map<string, { record: CallRecord; event: RingEvent }>()
  const requests: StubRequest[] = []
  let registrations = 0
  const seen = new Set<string>()
  const working = new Set<Promise<void>>()
  const listeners = new Set<(sessionId: string) => void>()
  const sender = deps.providers && createStubPushSender(deps.providers)
  /** What the ingress answers instead, if anything. */
  const faults: number[] = []
  const app = Fastify()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  const changed = (sessionId: string) => {
    for (const listener of listeners) listener(sessionId)
  }

  async function ring(event: RingEvent, receivedAt: number) {
    const deadline = deadlineOf(receivedAt, event.sentAt, deps.ringMs ?? 30_000)
    const record: CallRecord = {
      appId: 'default',
      sessionId: event.sessionId,
      rings: [
        {
          ringId: event.sessionId,
          sessionId: event.sessionId,
          recipient: event.recipient,
          state: 'ringing',
          receivedAt,
          dequeuedAt: Date.now(),
          deadline,
          devices: [],
        },
      ],
    }
    records.set(event.sessionId, { record, event })
    changed(event.sessionId)
    await Promise.all([...devices].map(([id, device]) => pushRing(record, event, id, device)))
  }

  async function pushRing(record: CallRecord, event: RingEvent, deviceId: string, device: StoredDevice) {
    const [stored] = record.rings
    if (!sender || !stored) return
    const { deadline, receivedAt } = stored
    const entry: DeviceRecord & { deviceId: string } = {
      ...{ deviceId, platform: device.platform, outcome: 'sending', attempt: 0 },
      ...{ queuedAt: stored.dequeuedAt, sentAt: Date.now() },
    }
    stored.devices.push(entry)
    const id = randomUUID()
    do {
      entry.attempt += 1
      for (let push = 0; push < (deps.pushes ?? 1); push += 1) {
        entry.status =
          device.platform === 'ios'
            ? await sender.sendVoip({
                token: device.token,
                id,
                deadline,
                body: buildApnsRing(event, receivedAt),
              })
            : await sender.sendData({
                token: device.token,
                deadline,
                data: buildFcmRing(event, receivedAt, 'incoming_call'),
              })
      }
      if (entry.status === 503) entry.reason = 'ServiceUnavailable'
    } while ((entry.status === 0 || entry.status === 503) && entry.attempt < 3)
    entry.outcome = entry.status === 200 ? 'accepted' : entry.status === 410 ? 'unregistered' : 'rejected'
    entry.settledAt = Date.now()
    changed(event.sessionId)
  }

  async function stop(sessionId: string | undefined, action: EndAction | 'ongoing') {
    const call = sessionId === undefined ? undefined : records.get(sessionId)
    const [stored] = call?.record.rings ?? []
    if (!sender || !call || !stored) return
    stored.state = action === 'ongoing' ? 'answered' : 'ended'
    if (action !== 'ongoing') stored.endAction = action
    for (const { token, platform } of devices.values()) {
      if (platform === 'ios') continue
      const data = buildFcmStop(call.event, stored.receivedAt, 'incoming_call', action)
      await sender.sendData({ token, deadline: stored.deadline, data })
    }
    changed(call.record.sessionId)
  }

  async function work(event: CallEvent, receivedAt: number) {
    if (event.kind === 'ring') return ring(event, receivedAt)
    if (event.kind === 'end') return stop(event.sessionId, event.action)
    if (event.uid === records.get(event.sessionId)?.event.recipient) await stop(event.sessionId, 'ongoing')
  }

  app.post('/api/push/register', async (request, reply) => {
    const fault = faults.shift()
    if (fault !== undefined)
      return reply.code(fault).send({ error: { code: 'told_to', message: 'as ordered' } })
    if (request.headers.authorization !== `Bearer ${deps.registrationKey}`) {
      return reply
        .code(401)
        .send({ error: { code: 'unauthorized', message: 'the registration key is wrong' } })
    }
    const device = JSON.parse(String(request.body)) as StoredDevice & { uid: string }
    const deviceId = `device-${device.platform}`
    devices.set(deviceId, device)
    registrations += 1
    return { status: 'registered', deviceId }
  })

  app.post('/webhooks/cometchat', async (request, reply) => {
    const raw = String(request.body)
    requests.push({ headers: request.headers, raw, body: JSON.parse(raw) })
    const fault = faults.shift()
    if (fault !== undefined)
      return reply.code(fault).send({ error: { code: 'told_to', message: 'as ordered' } })
    const expected = createHmac('sha256', deps.secret).update(raw).digest('hex')
    if (request.headers['x-cometchat-signature'] !== expected) {
      return reply.code(401).send({ error: { code: 'unauthorized', message: 'the signature is wrong' } })
    }
    if (seen.has(raw)) return { status: 'duplicate' }
    seen.add(raw)
    const parsed = parseWebhook(JSON.parse(raw))
    if (parsed.status !== 'event') return { status: 'ignored' }
    setImmediate(() => {
      const done = work(parsed.event, Date.now()).finally(() => working.delete(done))
      working.add(done)
    })
    return { status: 'queued' }
  })

  return {
    url: await app.listen({ host: '127.0.0.1', port: 0 }),
    requests,
    devices,
    registrations: () => registrations,
    faults,
    watchCalls: (listener: (sessionId: string) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    readCall: async (sessionId: string) => records.get(sessionId)?.record,
    close: async () => {
      await app.close()
      await Promise.all(working)
      sender?.close()
    },
  }
}
