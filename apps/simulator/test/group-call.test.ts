import { describe, expect, it } from 'vitest'
import type { PageState } from '../src/create-simulator.ts'
import { bobsPhones } from '../src/phones/simulated-phones.ts'
import { phoneIn, phonesAre } from './open-states.ts'
import { startStage } from './start-stage.ts'

/** Whether Bob's iPhone, his Android phone and Carol's phone have these statuses. */
const allAre = (state: PageState, iphone: string, android: string, carols: string) =>
  phonesAre(state, iphone, android) && phoneIn(state, 'carols-android')?.status === carols

async function ringGroup(options: Parameters<typeof startStage>[0] = {}) {
  const stage = await startStage(options)
  const { sessionId, state } = await stage.ring({ to: 'group' })
  const act = (action: string, phone?: string) =>
    stage.post(`/api/calls/${sessionId}/${action}`, phone === undefined ? {} : { phone })
  const triggers = () => stage.ringer.requests.map(({ body: { trigger } }) => trigger)
  const joined = () => triggers().filter(trigger => trigger === 'call_participant_joined').length
  return { ...stage, sessionId, state, act, triggers, joined }
}

describe('a call to the group', () => {
  it('rings every member’s phones, and they show which group it is', async () => {
    const { state, ringer } = await ringGroup()
    expect(allAre(state, 'ringing', 'ringing', 'ringing')).toBe(true)
    expect(state.call).toMatchObject({ callee: 'Chess club', isGroup: true, phase: 'ringing' })
    expect(state.call?.ringPushes).toEqual({ iphone: 1, android: 1, laptop: 1, 'carols-android': 1 })
    for (const { state: phone } of state.phones)
      expect(phone).toMatchObject({ call: { callerName: 'Alice Martin', groupName: 'Chess club' } })
    for (const { rang, verdict } of state.call?.timeline.phones ?? []) {
      expect(rang).toBeGreaterThanOrEqual(0)
      expect(verdict?.code).toBe('accepted')
    }
    expect(ringer.requests[0]?.raw).toContain('"receiverType":"group","receiver":"chess-club"')
  })

  it('goes on ringing Carol’s phone when Bob answers', async () => {
    const { act, page, joined } = await ringGroup()
    await act('answer', 'iphone')
    const state = await page.waitFor('Bob is in the call', now => allAre(now, 'connected', 'idle', 'ringing'))
    expect(state.call).toMatchObject({ phase: 'answered', by: 'iphone' })
    expect(state.call?.members).toMatchObject([
      { uid: 'bob', phase: 'answered', by: 'iphone' },
      { uid: 'carol', phase: 'ringing' },
    ])
    expect(joined()).toBe(2)
    expect((await act('answer', 'carols-android')).status).toBe(200)
    const both = await page.waitFor('both are in the call', now =>
      allAre(now, 'connected', 'idle', 'connected'),
    )
    expect(both.call?.by).toBe('iphone')
    expect(joined()).toBe(3)
  })

  it('goes on ringing Carol’s phone when Bob declines, which only the push provider reports', async () => {
    const { act, page, ringer, sessionId } = await ringGroup()
    expect(await act('reject', 'android')).toMatchObject({ body: { answers: [{ status: 200 }] } })
    const state = await page.waitFor('Bob is quiet', now => allAre(now, 'idle', 'idle', 'ringing'))
    expect(state.call?.phase).toBe('ringing')
    expect(phoneIn(state, 'iphone')).toMatchObject({ last: { reason: 'rejected', by: 'connection' } })
    expect(ringer.requests).toHaveLength(2)
    expect(JSON.parse(ringer.requests[1]?.raw ?? '')).toMatchObject({
      trigger: 'push-notification-payload-generated',
      data: {
        to: { uid: 'bob' },
        notificationDetails: { type: 'call', callAction: 'rejected', receiverType: 'group', sessionId },
      },
    })
  })

  it('stops the other phone of a member who declines, by a data message', async () => {
    const { act, page } = await ringGroup()
    await act('reject', 'iphone')
    const state = await page.waitFor('Bob is quiet', now => allAre(now, 'idle', 'idle', 'ringing'))
    expect(phoneIn(state, 'android')).toMatchObject({ last: { reason: 'rejected', by: 'push' } })
  })

  it('stops on every phone when Alice hangs up', async () => {
    const { act, page } = await ringGroup()
    await act('cancel')
    const state = await page.waitFor('all are quiet', now => allAre(now, 'idle', 'idle', 'idle'))
    expect(phoneIn(state, 'carols-android')).toMatchObject({ last: { reason: 'cancelled', by: 'push' } })
  })

  it('stops on every phone when Alice hangs up on Bob while Carol’s phone rings', async () => {
    const { act, page, triggers } = await ringGroup()
    await act('answer', 'android')
    await page.waitFor('Bob is in the call', now => allAre(now, 'idle', 'connected', 'ringing'))
    await act('end')
    const state = await page.waitFor('all are quiet', now => allAre(now, 'idle', 'idle', 'idle'))
    expect(state.call?.phase).toBe('ended')
    expect(triggers().at(-1)).toBe('call_ended')
  })

  it('goes on when one member leaves, and ends when the last one leaves', async () => {
    const { act, page, triggers } = await ringGroup()
    await act('answer', 'iphone')
    await act('answer', 'carols-android')
    await act('end', 'iphone')
    const state = await page.waitFor('Bob has left', now => allAre(now, 'idle', 'idle', 'connected'))
    expect(state.call).toMatchObject({
      phase: 'answered',
      members: [{ phase: 'left' }, { phase: 'answered' }],
    })
    expect(triggers().at(-1)).toBe('call_participant_left')
    await act('end', 'carols-android')
    await page.waitFor('the call has ended', ({ call }) => call?.phase === 'ended')
    expect(triggers().slice(-2)).toEqual(['call_participant_left', 'call_ended'])
  })

  it('cannot be declined if the push provider has no user name, and the error names the setting', async () => {
    const { act } = await ringGroup({ login: false })
    const { status, body } = await act('reject', 'iphone')
    expect(status).toBe(409)
    expect(body.error.message).toContain('COMETCHAT_WEBHOOK_USERNAME')
  })
})

describe('a call to Bob', () => {
  it('does not ring Carol’s phone', async () => {
    const { ring } = await startStage()
    const { state } = await ring()
    expect(allAre(state, 'ringing', 'ringing', 'idle')).toBe(true)
    expect(state.call?.ringPushes).toEqual({ iphone: 1, android: 1, laptop: 1 })
    expect(state.call?.timeline.phones.map(({ phone }) => phone)).toEqual(['iphone', 'android', 'laptop'])
  })

  it.each([
    ['iphone', 'ios'],
    ['android', 'android'],
    ['laptop', 'web'],
  ])('reports the phone that answered: %s', async (phone, platform) => {
    const { ring, post, ringer } = await startStage()
    const { sessionId } = await ring()
    await post(`/api/calls/${sessionId}/answer`, { phone })
    const joins = ringer.requests.flatMap(({ raw }) => {
      const { trigger, data } = JSON.parse(raw)
      return trigger === 'call_participant_joined' ? [[data.occupant.uid, data.initial_config.platform]] : []
    })
    expect(joins.sort()).toEqual([
      ['alice', 'web'],
      ['bob', platform],
    ])
    const { token } = bobsPhones('bob').find(({ id }) => id === phone) ?? {}
    const name = phone === 'laptop' ? { deviceId: 'bobs-laptop' } : { token }
    expect(ringer.answeredOn).toEqual([{ uid: 'bob', sessionId, ...name }])
  })
})
