import { createHmac, randomUUID } from 'node:crypto'
import type { FakeApns, FakeFcm, StandInCredentials } from '@ringer/fakes'
import {
  type Alert,
  type CallEvent,
  deadlineOf,
  type EndAction,
  parseWebhook,
  type RingEvent,
} from '@ringer/payloads'
import type { CallRecord, Device, DeviceRecord, RingRecord } from '@ringer/store'
import { fastify } from 'fastify'
import { buildApnsAlert } from '../../../packages/providers/src/apns/payloads/build-alert.ts'
import { buildApnsRing } from '../../../packages/providers/src/apns/payloads/build-ring.ts'
import { buildFcmAlert } from '../../../packages/providers/src/fcm/payloads/build-alert.ts'
import { buildFcmRing } from '../../../packages/providers/src/fcm/payloads/build-ring.ts'
import { buildFcmStop } from '../../../packages/providers/src/fcm/payloads/build-stop.ts'
import { createStubPushSender } from './stub-push-sender.ts'

export interface StoredDevice {
  uid: string
  token: string
  platform: 'ios' | 'android' | 'web'
  alertToken?: string
}

interface RegisterBody {
  uid: string
  platform?: 'android'
  token?: string
  voipToken?: string
  apnsToken?: string
  deviceId?: string
  subscription?: { endpoint: string; keys: object }
}

export interface StubRequest {
  headers: Record<string, unknown>
  raw: string
  body: { trigger?: string }
}

/**
 * Starts a minimal Ringer, without Redis and without any robustness: an ingress on a real socket that answers, drops
 * duplicates, keeps records and pushes to the stand-ins. It pushes again after no answer or a 503. It does only what
 * the simulator needs to see.
 */
export async function startStubRinger(deps: {
  secret: string
  /** The credentials that the push provider's requests must carry: `user:password`. */
  login?: string
  registrationKey: string
  /** Where pushes go. Without it, webhooks are answered and nothing is pushed. */
  providers?: { apns: FakeApns; fcm: FakeFcm; credentials: StandInCredentials }
  ringMs?: number
  /** How often each push is sent. Default: 1. */
  pushes?: number
}) {
  const devices = new Map<string, StoredDevice>()
  const records = new Map<string, { record: CallRecord; events: RingEvent[] }>()
  const requests: StubRequest[] = []
  const answeredOn: { uid: string; sessionId: string; token?: string; deviceId?: string }[] = []
  let registrations = 0
  const seen = new Set<string>()
  const running = new Set<Promise<void>>()
  const listeners = new Set<(sessionId: string) => void>()
  const sender = deps.providers && createStubPushSender(deps.providers)
  /** Statuses that the ingress answers with, one per request, before it works normally. */
  const faults: number[] = []
  const server = fastify()
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  const changed = (sessionId: string) => {
    for (const listener of listeners) listener(sessionId)
  }

  async function ring(events: RingEvent[], receivedAt: number) {
    const [{ sessionId, sentAt } = { sessionId: '', sentAt: undefined }] = events
    const deadline = deadlineOf(receivedAt, sentAt, deps.ringMs ?? 30_000)
    const rings = events.map(
      ({ recipient }): RingRecord => ({
        ringId: `${sessionId}:${recipient}`,
        sessionId,
        recipient,
        state: 'ringing',
        receivedAt,
        dequeuedAt: Date.now(),
        deadline,
        devices: [],
      }),
    )
    records.set(sessionId, { record: { appId: 'default', sessionId, rings }, events })
    changed(sessionId)
    const pushes = events.flatMap((event, index) =>
      [...devices]
        .filter(([, { uid }]) => uid === event.recipient)
        .map(([id, device]) => pushRing(rings[index], event, id, device)),
    )
    await Promise.all(pushes)
  }

  async function pushRing(
    stored: RingRecord | undefined,
    event: RingEvent,
    deviceId: string,
    device: StoredDevice,
  ) {
    if (!sender || !stored) return
    const entry: DeviceRecord & { deviceId: string } = {
      ...{ deviceId, platform: device.platform, outcome: 'sending', attempt: 0 },
      ...{ queuedAt: stored.dequeuedAt, sentAt: Date.now() },
    }
    stored.devices.push(entry)
    const id = randomUUID()
    do {
      entry.attempt += 1
      for (let push = 0; push < (deps.pushes ?? 1); push += 1) {
        entry.status = await sendRing(sender, { ring: stored, event, deviceId, device, id })
      }
      if (entry.status === 503) entry.reason = 'ServiceUnavailable'
    } while ((entry.status === 0 || entry.status === 503) && entry.attempt < 3)
    entry.outcome =
      entry.status === 200 || entry.status === 201
        ? 'accepted'
        : entry.status === 410
          ? 'unregistered'
          : 'rejected'
    entry.settledAt = Date.now()
    changed(event.sessionId)
  }

  /** Stops one member's ring, or all of them. */
  async function stop(sessionId: string | undefined, action: EndAction | 'ongoing', recipient?: string) {
    const call = sessionId === undefined ? undefined : records.get(sessionId)
    if (!sender || !call) return
    for (const [index, stored] of call.record.rings.entries()) {
      const event = call.events[index]
      if (!event || (recipient !== undefined && recipient !== stored.recipient)) continue
      stored.state = action === 'ongoing' ? 'answered' : 'ended'
      if (action !== 'ongoing') stored.endAction = action
      for (const [deviceId, device] of devices) {
        const { uid, token, platform } = device
        if (platform === 'ios' || uid !== stored.recipient) continue
        const { ringId, receivedAt, deadline } = stored
        if (platform === 'web') {
          const call = { ringId, event, receivedAt, deadline, action }
          await sender.sendWeb({ ...call, kind: 'stop', device: browserOf(deviceId, device) })
          continue
        }
        const data = buildFcmStop(event, stored.receivedAt, 'incoming_call', action)
        await sender.sendData({ token, deadline: stored.deadline, data })
      }
    }
    changed(call.record.sessionId)
  }

  async function notify(recipient: string, alert: Alert) {
    for (const [deviceId, device] of devices) {
      const { uid, token, platform, alertToken } = device
      if (!sender || uid !== recipient) continue
      if (platform === 'web') {
        const deadline = Date.now() + 60_000
        const browser = browserOf(deviceId, device)
        await sender.sendWeb({ kind: 'alert', alertId: randomUUID(), alert, deadline, device: browser })
        continue
      }
      if (platform === 'ios') {
        if (alertToken)
          await sender.sendAlert({ token: alertToken, tag: alert.collapse, body: buildApnsAlert(alert) })
        continue
      }
      const { notification, androidNotification, data } = buildFcmAlert(alert)
      const { tag, notificationCount } = androidNotification
      const android = { notification: { tag, notification_count: notificationCount } }
      await sender.sendNotification({ token, notification, android, data })
    }
  }

  async function work(event: CallEvent, receivedAt: number) {
    if (event.kind === 'ring') return ring([event], receivedAt)
    if (event.kind === 'group') {
      const members = new Set([...devices.values()].map(({ uid }) => uid))
      return ring(
        [...members].map(recipient => ({ ...event, kind: 'ring', recipient })),
        receivedAt,
      )
    }
    if (event.kind === 'chat') return notify(event.recipient, event.notification)
    if (event.kind === 'end') return stop(event.sessionId, event.action, event.recipient)
    if (event.kind === 'answer' && event.uid !== undefined) await stop(event.sessionId, 'ongoing', event.uid)
  }

  function workOn(event: CallEvent) {
    setImmediate(() => {
      const done = work(event, Date.now()).finally(() => running.delete(done))
      running.add(done)
    })
  }

  server.get('/api/push/vapid', async () => ({ publicKey: deps.providers?.credentials.vapid.publicKey }))

  for (const name of ['register', 'subscribe'])
    server.post(`/api/push/${name}`, async (request, reply) => {
      const fault = faults.shift()
      if (fault !== undefined)
        return reply.code(fault).send({ error: { code: 'told_to', message: 'as ordered' } })
      if (request.headers.authorization !== `Bearer ${deps.registrationKey}`) {
        return reply
          .code(401)
          .send({ error: { code: 'unauthorized', message: 'the registration key is wrong' } })
      }
      const {
        uid,
        voipToken,
        apnsToken,
        token = '',
        subscription,
      } = JSON.parse(String(request.body)) as RegisterBody
      const platform = subscription ? 'web' : voipToken === undefined ? 'android' : 'ios'
      const deviceId = `${uid}-${platform}`
      const { endpoint, keys } = subscription ?? {}
      devices.set(deviceId, {
        ...{ uid, platform, token: subscription ? JSON.stringify({ endpoint, keys }) : (voipToken ?? token) },
        ...(apnsToken !== undefined && { alertToken: apnsToken }),
      })
      registrations += 1
      return { status: 'registered', deviceId }
    })

  server.post('/webhooks/cometchat', async (request, reply) => {
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
    workOn(parsed.event)
    return { status: 'queued' }
  })

  server.post('/providers/cometchat', async (request, reply) => {
    const raw = String(request.body)
    requests.push({ headers: request.headers, raw, body: JSON.parse(raw) })
    if (request.headers.authorization !== `Basic ${btoa(deps.login ?? '')}`) {
      return reply.code(401).send({ error: { code: 'unauthorized', message: 'the login is wrong' } })
    }
    const parsed = parseWebhook(JSON.parse(raw))
    if (parsed.status !== 'event') return { status: parsed.status }
    workOn(parsed.event)
    return { status: 'queued' }
  })

  server.post('/api/push/answered', async request => {
    answeredOn.push(JSON.parse(String(request.body)))
    return { status: 'queued' }
  })

  return {
    url: await server.listen({ host: '127.0.0.1', port: 0 }),
    requests,
    devices,
    answeredOn,
    registrations: () => registrations,
    faults,
    watchCalls: (listener: (sessionId: string) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    readCall: async (sessionId: string) => records.get(sessionId)?.record,
    close: async () => {
      await server.close()
      await Promise.all(running)
      sender?.close()
    },
  }
}

const browserOf = (id: string, { uid, token }: StoredDevice): Device => ({
  ...{ id, appId: 'default', uid, platform: 'web', kind: 'both', token },
  ...{ registeredAt: 0, seenAt: 0 },
})

/** Sends a ring's push to one device. Resolves with the provider's status. */
function sendRing(
  sender: ReturnType<typeof createStubPushSender>,
  push: { ring: RingRecord; event: RingEvent; deviceId: string; device: StoredDevice; id: string },
): Promise<number> {
  const { ring, event, deviceId, device, id } = push
  const { ringId, deadline, receivedAt } = ring
  const { token } = device
  switch (device.platform) {
    case 'ios':
      return sender.sendVoip({ token, id, deadline, body: buildApnsRing(event, receivedAt) })
    case 'android':
      return sender.sendData({ token, deadline, data: buildFcmRing(event, receivedAt, 'incoming_call') })
    case 'web': {
      const browser = browserOf(deviceId, device)
      return sender.sendWeb({ kind: 'ring', ringId, event, receivedAt, deadline, device: browser })
    }
  }
}
