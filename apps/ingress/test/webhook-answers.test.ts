import { describe, expect } from 'vitest'
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
import { basic, it, login, sign } from './start-ingress.ts'

const webhookPaths = ['/webhooks/cometchat', '/webhooks/call', '/webhook/cometchat/call-received']
const providerPaths = ['/providers/cometchat', '/webhook']

describe('a call', () => {
  it.for(webhookPaths)('is stored and answered 200 at %s', async (path, { ingress }) => {
    const answer = await ingress.deliver(signalledRing(), { path })
    expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } })
    expect(await ingress.storedJobs()).toMatchObject([
      { event: { kind: 'ring', sessionId: SESSION_ID, recipient: 'bob' } },
    ])
  })

  it.for(providerPaths)(
    'of the custom push provider is stored and answered 200 at %s',
    async (path, { ingress }) => {
      const answer = await ingress.deliver(providerCall('initiated'), { path })
      expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } })
      expect(await ingress.storedJobs()).toHaveLength(1)
    },
  )

  it.for([
    ['initiator', initiatorRing(), 'ring'],
    ['call.received', receivedRing(), 'ring'],
    ['an end', signalledEnd('cancelled'), 'end'],
    ['an end without a session', signalledEnd('rejected', { entities: 'none' }), 'end'],
    ['a participant', participantJoined('call', { who: { uid: 'bob' } }), 'answer'],
    ['a session that ended', sessionEnded('call'), 'end'],
  ])('is stored in each dialect: %s', async ([_, webhook, kind], { ingress }) => {
    expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
    expect(await ingress.storedJobs()).toMatchObject([{ event: { kind } }])
  })

  it('is stored with its deadline: 30 s after the caller pressed the button, or after it arrived', async ({
    startIngress,
  }) => {
    const aged = await startIngress({ clock: () => SENT_AT + 7_000 })
    await aged.deliver(signalledRing())
    await aged.deliver(receivedRing({ sessionId: 'v1.eu.timeless' }))
    expect(await aged.storedJobs()).toMatchObject([
      { receivedAt: SENT_AT + 7_000, deadline: SENT_AT + 30_000 },
      { receivedAt: SENT_AT + 7_000, deadline: SENT_AT + 37_000 },
    ])
  })

  it('is a duplicate the second time, on any path and in any dialect', async ({ ingress }) => {
    await ingress.deliver(signalledRing())
    const again = await ingress.deliver(signalledRing())
    expect(again).toMatchObject({ status: 200, body: { status: 'duplicate' } })
    const through = await ingress.deliver(providerCall('initiated'), { path: '/providers/cometchat' })
    expect(through.body).toEqual({ status: 'duplicate' })
    expect(await ingress.storedJobs()).toHaveLength(1)
  })

  it('is stored once if ten deliveries arrive at the same time', async ({ ingress }) => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ingress.deliver(signalledRing())))
    expect(answers.map(({ body }) => body.status).sort()).toEqual([...Array(9).fill('duplicate'), 'queued'])
    expect(await ingress.storedJobs()).toHaveLength(1)
  })

  it('and its end are both stored (F4), and the end overtakes the call', async ({ ingress }) => {
    await ingress.deliver(signalledRing())
    expect((await ingress.deliver(signalledEnd('cancelled'))).body).toEqual({ status: 'queued' })
    const jobs = await ingress.storedJobs()
    expect(jobs.map(({ event }) => event.kind)).toEqual(['end', 'ring'])
  })

  it('is logged with its session id', async ({ ingress }) => {
    await ingress.deliver(signalledRing())
    expect(ingress.log()).toContain(`"event":"ring","sessionId":"${SESSION_ID}"`)
  })

  it.for([
    'application/json',
    'Application/json',
    'APPLICATION/JSON; charset=UTF-8',
    'application/json;charset=utf-8',
  ])('may have the content type %s', async (type, { ingress }) => {
    const answer = await ingress.deliver(signalledRing(), {
      headers: { 'content-type': type, authorization: basic(login) },
    })
    expect(answer.status).toBe(200)
  })
})

describe('a webhook that rings no phone', () => {
  it.for([
    ['a message', messageSent(), /does not announce a meeting/],
    ['a legacy message', legacyMessage('after_message'), /does not announce a meeting/],
    ['a meeting', sessionEnded('meeting'), /RINGER_RING_MEETINGS=true/],
    ['an unknown trigger', { trigger: 'call_teleported', data: {} }, /"call_teleported"/],
    ['a trigger named like a property of objects', { trigger: 'constructor', data: {} }, /"constructor"/],
    ['a call to oneself', signalledRing({ callee: { uid: 'alice' } }), /same user/],
    ['a ring for the caller', providerCall('initiated', { to: { uid: 'alice' } }), /caller/],
  ] as const)('is answered 200 and not stored: %s', async ([_, webhook, reason], { ingress }) => {
    const answer = await ingress.deliver(webhook)
    expect(answer).toMatchObject({ status: 200, body: { status: 'ignored' } })
    expect(answer.body.reason).toMatch(reason)
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('a webhook that cannot be accepted', () => {
  it.for([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json-patch+json',
    'multipart/form-data; boundary=x',
    'json',
    'application/json, text/plain',
    '/',
  ])('is answered 415 with the content type %s', async (type, { ingress }) => {
    const answer = await ingress.deliver(signalledRing(), {
      headers: { 'content-type': type, authorization: basic(login) },
    })
    expect(answer).toMatchObject({ status: 415, body: { error: { code: 'unsupported_media_type' } } })
    expect(answer.body.error?.message).toContain('application/json')
    expect(await ingress.listKeys()).toEqual([])
  })

  it('is answered 415 without a content type', async ({ ingress }) => {
    const body = JSON.stringify(signalledRing())
    const answer = await send(`${ingress.url}/webhooks/cometchat`, {
      body,
      headers: { authorization: basic(login) },
    })
    expect(answer.status).toBe(415)
  })

  it('is answered 400 with the name of every invalid field', async ({ ingress }) => {
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

  it('is answered 400 if it names another app, and accepted if it names the configured app or none', async ({
    startIngress,
  }) => {
    const strict = await startIngress({ tenant: { appId: APP_ID } })
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
})

describe('an unknown route', () => {
  it.for([
    ['GET', '/webhooks/cometchat'],
    ['PUT', '/webhooks/cometchat'],
    ['POST', '/webhooks'],
    ['POST', '/calls/v1.eu.1'],
    ['GET', '/metrics'],
    ['POST', '/api/push'],
  ] as const)('is answered 404: %s %s', async ([method, path], { ingress }) => {
    const answer = await send(`${ingress.url}${path}`, { method })
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  })
})

describe('a path that cannot be decoded', () => {
  it.for(['/%ff', '/webhooks/cometchat/%', '/api/push/%zz'])(
    'is answered like any bad request: %s',
    async (path, { ingress }) => {
      const answer = await send(`${ingress.url}${path}`, { method: 'GET' })
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { code: 'bad_request', message: 'the path: percent-encoded bytes must be UTF-8' } },
      })
      expect(answer.text).not.toContain(path)
    },
  )
})

describe('the health', () => {
  it('is served without credentials on the public port too', async ({ ingress }) => {
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

  it('is accepted', async ({ ingress }) => {
    expect((await ingress.deliver(padded(limit))).body).toEqual({ status: 'queued' })
  })

  it.for([
    ['with a content-length', {}],
    ['chunked', { 'transfer-encoding': 'chunked' }],
  ] as const)('is answered 413 if it is one byte longer, %s', async ([_, headers], { ingress }) => {
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
