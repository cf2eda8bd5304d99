import { buildSignallingWebhook, createSessionId, deliverWebhook } from '@ringer/fakes/cometchat'
import { describe, expect, it } from 'vitest'
import { bobsPhones } from '../src/phones/simulated-phones.ts'
import { bobsIn, phoneIn, phonesAre } from './open-states.ts'
import { startStage } from './start-stage.ts'

const [iphone, android] = bobsPhones('bob')
const iphoneToken = iphone?.token ?? ''
const androidToken = android?.token ?? ''

describe('a call', () => {
  it('rings two phones and a browser with the caller’s name until the push expires', async () => {
    const { ring } = await startStage()
    const { state, sessionId } = await ring({ callType: 'video' })
    expect(phonesAre(state, 'ringing', 'ringing')).toBe(true)
    for (const { state: phone } of bobsIn(state)) {
      if (phone.status !== 'ringing') throw new Error('a phone does not ring')
      expect(phone.call).toMatchObject({ sessionId, callerName: 'Alice Martin', callType: 'video' })
      expect(phone.until - state.now).toBeGreaterThan(25_000)
      expect(phone.until - state.now).toBeLessThanOrEqual(30_000)
    }
  })

  it('has a time in its timeline for each step and each phone', async () => {
    const { ring } = await startStage()
    const { state } = await ring()
    const { timeline } = state.call ?? {}
    for (const time of [timeline?.stored, timeline?.dequeued]) expect(time).toBeGreaterThanOrEqual(0)
    for (const { sent, accepted, rang, verdict } of timeline?.phones ?? []) {
      for (const time of [sent, accepted, rang]) expect(time).toBeGreaterThanOrEqual(0)
      expect(verdict?.code).toBe('accepted')
    }
  })

  it.each([false, true])(
    'rings once when its webhook is delivered three times (all at once: %s)',
    async concurrently => {
      const { ring, apns, fcm, ringer } = await startStage()
      const { answers, state } = await ring({ deliveries: 3, concurrently })
      const said = answers.map(({ status, body }) => [status, body.status])
      expect(said.sort()).toEqual([
        [200, 'duplicate'],
        [200, 'duplicate'],
        [200, 'queued'],
      ])
      expect(new Set(ringer.requests.map(({ raw }) => raw)).size).toBe(1)
      expect(state.call?.ringPushes).toEqual({ iphone: 1, android: 1, laptop: 1 })
      expect([apns.acceptedCount(iphoneToken), fcm.acceptedCount(androidToken)]).toEqual([1, 1])
    },
  )

  it('is shown once by a phone that gets its push twice', async () => {
    const { ring, page } = await startStage({ pushes: 2 })
    await ring()
    const state = await page.waitFor(
      'six pushes',
      ({ call }) =>
        call?.ringPushes.iphone === 2 && call.ringPushes.android === 2 && call.ringPushes.laptop === 2,
    )
    expect(state.log.filter(({ text }) => /the (phone|browser) rings$/.test(text))).toHaveLength(3)
    expect(state.log.filter(({ text }) => text.endsWith('already shows this call'))).toHaveLength(3)
  })

  it('stops ringing by itself when the ring expires', async () => {
    const { ring, page } = await startStage({ ringMs: 2_000 })
    await ring()
    const state = await page.waitFor('both are quiet', now => phonesAre(now, 'idle', 'idle'))
    for (const { state: phone } of bobsIn(state))
      expect(phone).toMatchObject({ last: { reason: 'deadline', by: 'clock' } })
  })

  it('gives the reason why a phone was not reached', async () => {
    const { post, registered, page, apns } = await startStage()
    await registered()
    apns.order({ status: 410, reason: 'Unregistered' }, { token: iphoneToken })
    await post('/api/calls', { callType: 'audio' })
    const state = await page.waitFor(
      'the reason',
      ({ call }) => call?.timeline.phones[0]?.verdict?.code === 'token-dead',
    )
    expect(state.call?.timeline.phones[0]?.answer).toContain('410')
    expect(state.log.some(({ text }) => /^refused a VoIP push.*410 Unregistered$/.test(text))).toBe(true)
    expect(phoneIn(state, 'iphone')?.status).toBe('idle')
  })

  it('that was placed elsewhere rings, and can be answered on the page', async () => {
    const { ringer, page, post, registered, secret } = await startStage()
    await registered()
    const sessionId = createSessionId()
    const people = { caller: { uid: 'carol', name: 'Carol' }, callee: { uid: 'bob', name: 'Bob' } }
    const call = {
      appId: 'app',
      region: 'us',
      webhookId: 'hook',
      sessionId,
      callType: 'audio' as const,
      ...people,
    }
    const at = Date.now()
    const event = { action: 'initiated' as const, call: { ...call, initiatedAt: at }, messageId: '1', at }
    await deliverWebhook({
      url: `${ringer.url}/webhooks/cometchat`,
      body: buildSignallingWebhook(event),
      secret,
    })
    const state = await page.waitFor('both ring', now => phonesAre(now, 'ringing', 'ringing'))
    expect(state.call).toMatchObject({ sessionId, placedHere: false, caller: 'Carol' })
    expect((await post(`/api/calls/${sessionId}/answer`, { phone: 'android' })).status).toBe(200)
    await page.waitFor('Android is in the call', now => phonesAre(now, 'idle', 'connected'))
  })
})

describe('a call that was placed elsewhere', () => {
  // It stayed at “Calling Bob… 7:10” for ever, and Alice could not call again.
  it('ends when its ring expires', async () => {
    const { ringer, page, registered, post, secret } = await startStage({ ringMs: 3_000 })
    await registered()
    const sessionId = createSessionId()
    const at = Date.now()
    const call = {
      ...{ appId: 'app', region: 'us', webhookId: 'hook', sessionId, callType: 'audio' as const },
      ...{ caller: { uid: 'carol', name: 'Carol' }, callee: { uid: 'bob', name: 'Bob' }, initiatedAt: at },
    }
    const body = buildSignallingWebhook({ action: 'initiated', call, messageId: '1', at })
    await deliverWebhook({ url: `${ringer.url}/webhooks/cometchat`, body, secret })
    await page.waitFor('the call', now => phonesAre(now, 'ringing', 'ringing'))
    const state = await page.waitFor(
      'its end',
      now => now.call?.phase !== 'ringing' && phonesAre(now, 'idle', 'idle'),
    )
    expect(state.call?.phase).toBe('unanswered')
    for (const { state: phone } of bobsIn(state)) {
      expect(phone).toMatchObject({ last: { reason: 'deadline', by: 'clock' } })
    }
    expect((await post('/api/calls', { callType: 'audio' })).status).toBe(200)
  })
})

describe('the end of a call', () => {
  it('reaches Android by a data message, the browser by a web push and the iPhone without any push', async () => {
    const { ring, post, page, apns, ringer } = await startStage()
    const { sessionId } = await ring()
    const { body } = await post(`/api/calls/${sessionId}/cancel`)
    expect(body).toMatchObject({ sessionId, answers: [{ status: 200, body: { status: 'queued' } }] })
    const state = await page.waitFor('both are quiet', now => phonesAre(now, 'idle', 'idle'))
    expect(phoneIn(state, 'iphone')).toMatchObject({ last: { reason: 'cancelled', by: 'connection' } })
    expect(phoneIn(state, 'android')).toMatchObject({ last: { reason: 'cancelled', by: 'push' } })
    expect(phoneIn(state, 'laptop')).toMatchObject({ last: { reason: 'cancelled', by: 'push' } })
    expect(apns.received).toHaveLength(1)
    expect(ringer.requests.map(({ body: { trigger } }) => trigger)).toEqual([
      'call_initiated',
      'call_cancelled',
    ])
  })

  it('by declining on one phone stops the other phone', async () => {
    const { ring, post, page } = await startStage()
    const { sessionId } = await ring()
    await post(`/api/calls/${sessionId}/reject`, { phone: 'iphone' })
    const state = await page.waitFor('both are quiet', now => phonesAre(now, 'idle', 'idle'))
    expect(state.call).toMatchObject({ phase: 'rejected', by: 'iphone' })
    expect(phoneIn(state, 'iphone')).toMatchObject({ last: { reason: 'rejected', by: 'user' } })
    expect(phoneIn(state, 'android')).toMatchObject({ last: { reason: 'rejected', by: 'push' } })
  })

  it('is “unanswered” when the caller gives up', async () => {
    const { ring, post, page } = await startStage()
    const { sessionId } = await ring()
    await post(`/api/calls/${sessionId}/unanswered`)
    const state = await page.waitFor('both are quiet', now => phonesAre(now, 'idle', 'idle'))
    expect(state.call?.phase).toBe('unanswered')
  })
})

describe('an answer', () => {
  it('on the iPhone stops Android by a data message', async () => {
    const { ring, post, page, ringer } = await startStage()
    const { sessionId } = await ring()
    await post(`/api/calls/${sessionId}/answer`, { phone: 'iphone' })
    const state = await page.waitFor('only the iPhone is in the call', now =>
      phonesAre(now, 'connected', 'idle'),
    )
    expect(phoneIn(state, 'android')).toMatchObject({ last: { reason: 'ongoing', by: 'push' } })
    expect(state.call).toMatchObject({ phase: 'answered', by: 'iphone' })
    const triggers = ringer.requests.map(({ body: { trigger } }) => trigger)
    expect(triggers.filter(trigger => trigger === 'call_participant_joined')).toHaveLength(2)
  })

  it('on Android stops the iPhone without any push, and hanging up ends the call', async () => {
    const { ring, post, page, apns, ringer } = await startStage()
    const { sessionId } = await ring()
    await post(`/api/calls/${sessionId}/answer`, { phone: 'android' })
    const talking = await page.waitFor('only Android is in the call', now =>
      phonesAre(now, 'idle', 'connected'),
    )
    expect(phoneIn(talking, 'iphone')).toMatchObject({ last: { reason: 'ongoing', by: 'connection' } })
    expect((await post(`/api/calls/${sessionId}/end`)).status).toBe(200)
    const state = await page.waitFor('both are quiet', now => phonesAre(now, 'idle', 'idle'))
    expect(state.call?.phase).toBe('ended')
    expect(ringer.requests.at(-1)?.body.trigger).toBe('call_ended')
    expect(apns.received).toHaveLength(1)
  })
})
