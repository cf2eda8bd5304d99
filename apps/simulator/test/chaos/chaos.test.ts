import { describe, expect, it } from 'vitest'
import { apnsActs, fcmActs } from '../../src/chaos/connection-faults.ts'
import { apnsPushFaults, fcmPushFaults } from '../../src/chaos/push-faults.ts'
import { phoneIn } from '../open-states.ts'
import { startStage } from '../start-stage.ts'

describe('a fault for the next push', () => {
  it('is active until that push has arrived, and the timeline gives its reason', async () => {
    const { post, page, ring } = await startStage()
    const ordered = await post('/api/chaos', { provider: 'apns', fault: '503' })
    expect(ordered).toMatchObject({
      status: 200,
      body: { inForce: [{ provider: 'apns', fault: '503', left: 1 }] },
    })
    await page.waitFor('the fault', ({ breakage }) => breakage.inForce.length === 1)
    const { state } = await ring()
    expect(state.breakage.inForce).toEqual([])
    const [iphone, android] = state.call?.timeline.phones ?? []
    expect(iphone).toMatchObject({ attempt: 2, failed: '503 ServiceUnavailable' })
    expect(new Set(iphone?.apnsIds).size).toBe(1)
    expect(iphone?.apnsIds).toHaveLength(2)
    expect(android).toMatchObject({ attempt: 1, apnsIds: [] })
    expect(android?.failed).toBeUndefined()
  })

  it('counts down with each push', async () => {
    const { post, page, registered } = await startStage()
    await registered()
    await post('/api/chaos', { provider: 'fcm', fault: '503', times: 5 })
    await post('/api/calls', { callType: 'audio' })
    await page.waitFor('three attempts', ({ breakage }) => breakage.inForce[0]?.left === 2)
    const { body } = await post('/api/chaos', { provider: 'apns', fault: 'hang' })
    expect(body.inForce).toEqual([
      { provider: 'fcm', fault: '503', left: 2 },
      { provider: 'apns', fault: 'hang', left: 1 },
    ])
  })

  it.each([
    ...Object.keys({ ...apnsPushFaults, ...apnsActs }).map(fault => ['apns', fault]),
    ...Object.keys({ ...fcmPushFaults, ...fcmActs }).map(fault => ['fcm', fault]),
  ])('or for the connections can be ordered: %s %s', async (provider, fault) => {
    const { post } = await startStage()
    expect(await post('/api/chaos', { provider, fault })).toMatchObject({ status: 200 })
    expect(await post('/api/chaos/clear')).toMatchObject({ status: 200, body: { inForce: [] } })
  })

  it.each([
    ['an unknown provider', { provider: 'huawei', fault: '503' }, 'provider'],
    ['no provider', { fault: '503' }, 'provider'],
    ['an unknown fault', { provider: 'apns', fault: 'flood' }, 'fault'],
    ['a fault that only Apple has', { provider: 'fcm', fault: 'goaway' }, 'fault'],
    ['zero pushes', { provider: 'apns', fault: '503', times: 0 }, 'times'],
    ['too many pushes', { provider: 'apns', fault: '503', times: 101 }, 'times'],
    ['a number of pushes for a connection fault', { provider: 'apns', fault: 'freeze', times: 2 }, 'times'],
    ['a misspelt field', { provider: 'apns', fault: '503', time: 2 }, '"time"'],
  ])('with %s is refused with an error that names the field', async (_, body, field) => {
    const { post } = await startStage()
    const answer = await post('/api/chaos', body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } })
    expect(answer.body.error.message).toContain(field)
  })
})

describe('a connection fault', () => {
  it.each([
    ['freeze', 'thaw'],
    ['refuse-connections', 'accept-connections'],
    ['stream-limit-1', 'stream-limit-1000'],
  ])('%s lasts until %s', async (fault, end) => {
    const { post } = await startStage()
    const order = (name: string) => post('/api/chaos', { provider: 'apns', fault: name })
    expect((await order(fault)).body.inForce).toEqual([{ provider: 'apns', fault }])
    expect((await order(fault)).body.inForce).toHaveLength(1)
    expect((await order(end)).body.inForce).toEqual([])
  })

  it('ends when all faults are cleared', async () => {
    const { post, ring, apns } = await startStage()
    await post('/api/chaos', { provider: 'apns', fault: 'refuse-connections' })
    await expect(fetch(apns.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    await post('/api/chaos', { provider: 'apns', fault: 'stream-limit-1' })
    await post('/api/chaos', { provider: 'fcm', fault: '503', times: 100 })
    await post('/api/chaos/clear')
    const { state } = await ring()
    expect(state.breakage.inForce).toEqual([])
  })

  // A push sent into a frozen connection was delivered at the thaw, and rang for a call that had ended long before.
  it('never delivers a push that was sent into a frozen connection', async () => {
    const { post, page, ring, apns, registered } = await startStage()
    const first = await ring()
    await post(`/api/calls/${first.sessionId}/cancel`)
    await post('/api/chaos', { provider: 'apns', fault: 'freeze' })
    await registered()
    await post('/api/calls', { callType: 'audio' })
    const state = await page.waitFor(
      'Android rings',
      now => now.call?.sessionId !== first.sessionId && phoneIn(now, 'android')?.status === 'ringing',
    )
    await post(`/api/calls/${state.call?.sessionId}/cancel`)
    await post('/api/chaos', { provider: 'apns', fault: 'thaw' })
    // The stub sends the unanswered push again, on a new connection.
    await apns.waitFor(received => received.length === 2)
    expect(apns.received.map(push => push.connection)).toEqual([1, 2])
  })
})

describe('a phone whose token was reported dead', () => {
  it('is registered again when the faults are cleared', async () => {
    const { post, page, registered, ringer } = await startStage()
    await registered()
    await post('/api/chaos', { provider: 'apns', fault: 'unregistered' })
    await post('/api/calls', { callType: 'audio' })
    const state = await page.waitFor('the dead token', ({ breakage }) =>
      breakage.inForce.some(({ fault }) => fault === 'token-dead'),
    )
    expect(state.breakage.inForce).toEqual([{ provider: 'apns', fault: 'token-dead' }])
    expect(ringer.registrations()).toBe(4)
    expect((await post('/api/chaos/clear')).body.inForce).toEqual([])
    expect(ringer.registrations()).toBe(5)
  })
})
