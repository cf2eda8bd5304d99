import { describe, expect, it } from 'vitest'
import { simulateWorkers } from './simulate-workers.ts'
import { startStage } from './start-stage.ts'

describe('a worker', () => {
  it('can be killed, and the page shows that it is dead', async () => {
    const { control, killed } = simulateWorkers()
    const { post, page } = await startStage({ workers: control })
    expect(await post('/api/workers/two/kill')).toMatchObject({ status: 200, body: { id: 'two', pid: 101 } })
    expect(killed).toEqual(['two'])
    const state = await page.waitFor('the death', ({ breakage }) => breakage.workers?.[1]?.alive === false)
    expect(state.log.at(-1)).toMatchObject({ source: 'Worker', text: 'two (process 101) is dead' })
    expect(await post('/api/workers/two/kill')).toMatchObject({ status: 409 })
    expect(await post('/api/workers/three/kill')).toMatchObject({ status: 404 })
  })

  it('cannot be killed if the simulator does not control the workers', async () => {
    const { post, page } = await startStage()
    const state = await page.waitFor('a state', () => true)
    expect(state.breakage).toEqual({ inForce: [] })
    expect(await post('/api/workers/one/kill')).toMatchObject({ status: 404 })
    expect(await post('/api/chaos/kill-in-mid-send')).toMatchObject({
      status: 409,
      body: { error: { code: 'no_workers' } },
    })
  })
})

describe('the kill in mid-send', () => {
  it('kills the worker that sent the push, and reports how long the phone took to ring', async () => {
    const { control, killed } = simulateWorkers(undefined, 'two')
    const { post, page, registered } = await startStage({ workers: control })
    await registered()
    await post('/api/chaos', { provider: 'apns', fault: '503', times: 9 })
    const { status, body } = await post('/api/chaos/kill-in-mid-send')
    expect(status).toBe(200)
    const state = await page.waitFor('the ring', ({ breakage }) => breakage.midSendKill?.phase === 'rang')
    expect(killed).toEqual(['two'])
    expect(state.breakage.midSendKill).toMatchObject({
      sessionId: body.sessionId,
      killed: [{ id: 'two', pid: 101 }],
      ringMs: expect.any(Number),
      attempts: 2,
      sameApnsId: true,
    })
    expect(state.breakage.inForce).toEqual([])
    expect(state.call?.ringPushes.iphone).toBe(1)
  })

  it('kills all workers if the sender of the push is not known', async () => {
    const { control, killed } = simulateWorkers()
    const { post, page, registered } = await startStage({ workers: control })
    await registered()
    await post('/api/chaos/kill-in-mid-send')
    await page.waitFor('the ring', ({ breakage }) => breakage.midSendKill?.phase === 'rang')
    expect(killed).toEqual(['one', 'two'])
  })

  it('is refused if only one worker is running', async () => {
    const { control } = simulateWorkers(['one'])
    const { post } = await startStage({ workers: control })
    const answer = await post('/api/chaos/kill-in-mid-send')
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'too_few_workers' } } })
  })

  it('hangs up the call that is in progress', async () => {
    const { control, killed } = simulateWorkers(undefined, 'two')
    const { post, page, ring } = await startStage({ workers: control })
    const first = await ring()
    await post('/api/chaos/kill-in-mid-send')
    const state = await page.waitFor('the ring', ({ breakage }) => breakage.midSendKill?.phase === 'rang')
    expect(state.call?.sessionId).not.toBe(first.sessionId)
    expect(killed).toEqual(['two'])
  })
})
