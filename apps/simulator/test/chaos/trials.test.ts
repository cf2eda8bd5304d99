import { describe, expect, it } from 'vitest'
import { connectionFaults, pushFaults } from '../../page/faults.js'
import { type Promised, promises } from '../../src/chaos/promises.ts'
import { startStage } from '../start-stage.ts'

describe('a fault that is tried', () => {
  it('breaks the push, places a call, and says whether the promise was kept', async () => {
    const { post, page, registered } = await startStage()
    await registered()
    const { status, body } = await post('/api/chaos/try', { provider: 'apns', fault: 'latency' })
    expect(status).toBe(200)
    const { breakage } = await page.waitFor(
      'the verdict',
      ({ breakage: { trial } }) => trial !== undefined && trial.phase !== 'calling',
    )
    expect(breakage.trial).toMatchObject({
      ...{ provider: 'apns', fault: 'latency', sessionId: body.sessionId },
      ...{ phase: 'kept', promise: { ringsWithinMs: 3_000 }, tookMs: expect.any(Number), pushes: 1 },
    })
  })

  it('repairs what was broken before, and hangs up the call that is in progress', async () => {
    const { post, page, ring } = await startStage()
    const first = await ring()
    await post('/api/chaos', { provider: 'fcm', fault: '503', times: 100 })
    await post('/api/chaos/try', { provider: 'apns', fault: 'latency' })
    const state = await page.waitFor('the verdict', ({ breakage }) => breakage.trial?.phase === 'kept')
    expect(state.call?.sessionId).not.toBe(first.sessionId)
    expect(state.breakage.inForce).toEqual([])
  })

  it('shows that a promise was broken when its time is over', async () => {
    const { post, page, registered, apns } = await startStage()
    await registered()
    // The stub does not push again after a 500.
    await post('/api/chaos/try', { provider: 'apns', fault: '500' })
    const { breakage } = await page.waitFor(
      'the verdict',
      ({ breakage: { trial } }) => trial !== undefined && trial.phase !== 'calling',
    )
    expect(breakage.trial).toMatchObject({ phase: 'broken', pushes: 1 })
    expect(breakage.trial?.tookMs).toBeUndefined()
    expect(apns.received).toHaveLength(1)
  })

  it('shows that a phone did not ring because it could not', async () => {
    const { post, page, registered } = await startStage()
    await registered()
    await post('/api/chaos/try', { provider: 'apns', fault: 'unregistered' })
    await page.waitFor('the verdict', ({ breakage }) => breakage.trial?.phase === 'kept')
  })

  it('is refused with an error that names the field, if there is no such fault', async () => {
    const { post } = await startStage()
    const answer = await post('/api/chaos/try', { provider: 'fcm', fault: 'goaway' })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } })
    expect(answer.body.error.message).toContain('fault')
  })
})

describe('the page’s words for a fault', () => {
  const told = (['apns', 'fcm'] as const).flatMap(provider =>
    [...pushFaults[provider], ...connectionFaults[provider]].map(fault => ({ provider, ...fault })),
  )

  it.each(told)('name the promise that is measured: $provider $title', ({ provider, fault, text }) => {
    const known: Partial<Record<string, (typeof promises.apns)[Promised]>> = promises[provider]
    const ringsWithinMs = known[fault]?.ringsWithinMs
    if (ringsWithinMs === 'never') expect(text).toContain('does not ring')
    else expect(text).toContain(`rings within ${Number(ringsWithinMs) / 1_000} s`)
  })

  it.each(['apns', 'fcm'] as const)('are there for every promise: %s', provider => {
    const named = told.filter(fault => fault.provider === provider).map(({ fault }) => fault)
    expect(named.sort()).toEqual(Object.keys(promises[provider]).sort())
  })
})
