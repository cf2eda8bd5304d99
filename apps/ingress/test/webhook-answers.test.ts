import { type StartedRedis, startRedis } from '@ringer/fakes'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  APP_ID,
  initiatorRing,
  legacyMessage,
  messageSent,
  participantJoined,
  providerCall,
  receivedRing,
  SENT_AT,
  SESSION_ID,
  sessionEnded,
  signalledEnd,
  signalledRing,
} from '../../../packages/payloads/test/webhooks.ts'
import { send } from './send.ts'
import { basic, login, type StartedIngress, sign, startIngress } from './start-ingress.ts'

const webhookPaths = ['/webhooks/cometchat', '/webhooks/call', '/webhook/cometchat/call-received']
const providerPaths = ['/providers/cometchat', '/webhook']

let redis: StartedRedis
let ingress: StartedIngress
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  ingress = await startIngress(redis.url)
})
afterAll(() => redis.close())

describe('a call', () => {
  it.each(webhookPaths)('is stored and answered 200 at %s', async path => {
    const answer = await ingress.deliver(signalledRing(), { path })
    expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } })
    expect(await ingress.storedJobs()).toMatchObject([
      { event: { kind: 'ring', sessionId: SESSION_ID, recipient: 'bob' } },
    ])
  })

  it.each(providerPaths)('of the custom push provider is stored and answered 200 at %s', async path => {
    const answer = await ingress.deliver(providerCall('initiated'), { path })
    expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } })
    expect(await ingress.storedJobs()).toHaveLength(1)
  })

  it.each([
    ['initiator', initiatorRing(), 'ring'],
    ['call.received', receivedRing(), 'ring'],
    ['an end', signalledEnd('cancelled'), 'end'],
    ['an end without a session', signalledEnd('rejected', { entities: 'none' }), 'end'],
    ['a participant', participantJoined('call', { who: { uid: 'bob' } }), 'answer'],
    ['the session ended', sessionEnded('call'), 'end'],
  ])('in another dialect is stored too: %s', async (_, webhook, kind) => {
    expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
    expect(await ingress.storedJobs()).toMatchObject([{ event: { kind } }])
  })

  it('carries its deadline: 30 s after the caller pressed the button, or after it arrived', async () => {
    const aged = await startIngress(redis.url, { clock: () => SENT_AT + 7_000 })
    await aged.deliver(signalledRing())
    await aged.deliver(receivedRing({ sessionId: 'v1.eu.timeless' }))
    expect(await aged.storedJobs()).toMatchObject([
      { receivedAt: SENT_AT + 7_000, deadline: SENT_AT + 30_000 },
      { receivedAt: SENT_AT + 7_000, deadline: SENT_AT + 37_000 },
    ])
  })

  it('is a duplicate the second time, whatever path and dialect it takes', async () => {
    await ingress.deliver(signalledRing())
    const again = await ingress.deliver(signalledRing())
    expect(again).toMatchObject({ status: 200, body: { status: 'duplicate' } })
    const through = await ingress.deliver(providerCall('initiated'), { path: '/providers/cometchat' })
    expect(through.body).toEqual({ status: 'duplicate' })
    expect(await ingress.storedJobs()).toHaveLength(1)
  })

  it('is stored once although ten deliveries arrive together', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ingress.deliver(signalledRing())))
    expect(answers.map(({ body }) => body.status).sort()).toEqual([...Array(9).fill('duplicate'), 'queued'])
    expect(await ingress.storedJobs()).toHaveLength(1)
  })

  it('and its end are both stored (F4), and the end overtakes', async () => {
    await ingress.deliver(signalledRing())
    expect((await ingress.deliver(signalledEnd('cancelled'))).body).toEqual({ status: 'queued' })
    const jobs = await ingress.storedJobs()
    expect(jobs.map(({ event }) => event.kind)).toEqual(['end', 'ring'])
  })

  it('leaves a line in the log that says which call it was', async () => {
    await ingress.deliver(signalledRing())
    expect(ingress.log()).toContain(`"event":"ring","sessionId":"${SESSION_ID}"`)
  })

  it.each([
    'application/json',
    'Application/json',
    'APPLICATION/JSON; charset=UTF-8',
    'application/json;charset=utf-8',
  ])('may call itself %s', async type => {
    const answer = await ingress.deliver(signalledRing(), {
      headers: { 'content-type': type, authorization: basic(login) },
    })
    expect(answer.status).toBe(200)
  })
})

describe('what is not for a phone', () => {
  it.each([
    ['a message', messageSent(), /no meeting/],
    ['a legacy message', legacyMessage('after_message'), /no meeting/],
    ['a meeting', sessionEnded('meeting'), /RINGER_RING_MEETINGS=true/],
    ['a trigger nobody knows', { trigger: 'call_teleported', data: {} }, /"call_teleported"/],
    ['a trigger named as a property', { trigger: 'constructor', data: {} }, /"constructor"/],
    ['a call to oneself', signalledRing({ callee: { uid: 'alice' } }), /same user/],
    ['a ring for the caller', providerCall('initiated', { to: { uid: 'alice' } }), /caller/],
  ])('is answered 200 and not stored: %s', async (_, webhook, reason) => {
    const answer = await ingress.deliver(webhook)
    expect(answer).toMatchObject({ status: 200, body: { status: 'ignored' } })
    expect(answer.body.reason).toMatch(reason)
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('what is refused', () => {
  const wrong = 'application/x-www-form-urlencoded'

  it.each([
    ['text/plain'],
    [wrong],
    ['application/jsonp'],
    ['application/json-patch+json'],
    ['multipart/form-data; boundary=x'],
    ['json'],
    ['application/json, text/plain'],
    ['/'],
  ])('is answered 415 when it calls itself %s', async type => {
    const answer = await ingress.deliver(signalledRing(), {
      headers: { 'content-type': type, authorization: basic(login) },
    })
    expect(answer).toMatchObject({ status: 415, body: { error: { code: 'unsupported_media_type' } } })
    expect(answer.body.error?.message).toContain('application/json')
    expect(await ingress.listKeys()).toEqual([])
  })

  it('is answered 415 when it does not say what it is', async () => {
    const body = JSON.stringify(signalledRing())
    const answer = await send(`${ingress.url}/webhooks/cometchat`, {
      body,
      headers: { authorization: basic(login) },
    })
    expect(answer.status).toBe(415)
  })

  it('is answered 400 with every offending field', async () => {
    const answer = await ingress.deliver({
      trigger: 'call_initiated',
      data: { sessionId: '', type: 'smell', initiator: {}, receiver: { uid: 7 } },
    })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_webhook' } } })
    for (const path of ['data.sessionId', 'data.type', 'data.initiator.uid', 'data.receiver.uid']) {
      expect(answer.body.error?.message).toContain(`${path}: `)
    }
    expect(await ingress.listKeys()).toEqual([])
  })

  it('is answered 400 when it comes from another app, and taken when it is the right one or none', async () => {
    const strict = await startIngress(redis.url, { app: { appId: APP_ID } })
    const foreign = await strict.deliver({ ...signalledRing(), appId: 'another-app' })
    expect(foreign).toMatchObject({ status: 400, body: { error: { code: 'wrong_app' } } })
    expect(foreign.text).not.toContain('another-app')
    expect((await strict.deliver({ ...messageSent(), appId: 'another-app' })).status).toBe(400)
    expect(await strict.listKeys()).toEqual([])
    expect((await strict.deliver(signalledRing())).body).toEqual({ status: 'queued' })
    expect((await strict.deliver(receivedRing({ sessionId: 'v1.eu.other' }))).body).toEqual({
      status: 'queued',
    })
    expect((await strict.storedJobs()).map(({ appId }) => appId)).toEqual([APP_ID, APP_ID])
  })

  it.each([
    ['GET', '/webhooks/cometchat'],
    ['PUT', '/webhooks/cometchat'],
    ['POST', '/webhooks'],
    ['POST', '/calls/v1.eu.1'],
    ['GET', '/metrics'],
    ['POST', '/api/push'],
  ])('is answered 404: %s %s', async (method, path) => {
    const answer = await send(`${ingress.url}${path}`, { method })
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  })
})

describe('the health', () => {
  it('is told to anybody, on the public port too', async () => {
    expect(await send(`${ingress.url}/health/live`, { method: 'GET' })).toMatchObject({
      status: 200,
      body: { status: 'live' },
    })
    expect(await send(`${ingress.url}/health/ready`, { method: 'GET' })).toMatchObject({
      status: 200,
      body: { status: 'ready' },
    })
  })
})

describe('a body at the limit of 256 KiB', () => {
  const limit = 256 * 1024
  const padded = (bytes: number) => {
    const webhook = { ...signalledRing(), padding: '' }
    webhook.padding = 'x'.repeat(bytes - Buffer.byteLength(JSON.stringify(webhook)))
    return JSON.stringify(webhook)
  }

  it('is taken', async () => {
    expect((await ingress.deliver(padded(limit))).body).toEqual({ status: 'queued' })
  })

  it.each([
    ['with its length declared', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('is answered 413 when it is a byte longer, %s', async (_, headers) => {
    const body = padded(limit + 1)
    const answer = await ingress.deliver(body, {
      headers: { 'x-cometchat-signature': sign(body), ...headers },
    })
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'too_large' } } })
    expect(answer.body.error?.message).toContain('262144 bytes')
    expect(await ingress.listKeys()).toEqual([])
    expect(ingress.log()).toContain('"too_large"')
  })
})
