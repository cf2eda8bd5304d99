import { request } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { FcmAgent } from '../../src/fcm/fcm-agent.ts'
import { android, commit, registrationToken, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { type FcmWorld, it } from './fcm-world.ts'

/** Sends so many pushes at once that the sender has this many connections. */
async function openConnections(world: FcmWorld, count: number): Promise<void> {
  world.fcm.order({ delayMs: 900 }, { times: count })
  await Promise.all(upTo(count).map(world.sendTo))
  // The access token has a connection of its own. On a busy machine, a second attempt may have opened another one.
  expect(world.fcm.connectionsTotal).toBeGreaterThan(count)
}

describe.concurrent('connections that all go silent', () => {
  // A firewall forgot them all. Every attempt took another of them, for 3 s each, and the ring was too late.
  it('delay a ring by one second: the second attempt takes a fresh connection', async ({ world }) => {
    await openConnections(world, 64)
    const opened = world.fcm.connectionsTotal
    world.fcm.freeze()
    const startedAt = performance.now()
    const attempts = await world.deliverTo(100)
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual(['accepted'])
    expect(performance.now() - startedAt).toBeLessThan(6_000)
    // One attempt was lost on a silent connection, and the next one was made on a fresh one.
    expect(world.fcm.connectionsTotal).toBeGreaterThan(opened)
    expect(world.fcm.acceptedCount(registrationToken(100))).toBe(1)
  })

  it('are not used by any of the pushes that follow an unanswered one', async ({ world }) => {
    await openConnections(world, 64)
    world.fcm.freeze()
    const first = world.sendTo(100)
    await pause(1_000)
    const outcomes = await Promise.all(upTo(32).map(world.sendTo))
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
    await first
  })
})

describe.concurrent('a connection', () => {
  // A firewall had dropped the connection, and the first call after an idle night waited for a time-out.
  it('that was idle for long is not used for a ring', async ({ world, expect }) => {
    const agent = new FcmAgent(world.fcm.url, { ca: world.config.ca, idleLimitMs: 50 })
    await agent.seat()
    const status = await new Promise(resolve => {
      const send = async () =>
        request('https://fcm.googleapis.com/v1/projects/p/messages:send', { agent }, response => {
          response.resume()
          resolve(response.statusCode)
        }).end()
      void agent.watch({ over: false }, send)
    })
    expect(status).toBe(404)
    await expect.poll(() => world.fcm.connections, { timeout: 5_000 }).toBe(0)
    agent.destroy()
  })

  it('that is heard from stays in use while another one is silent', async ({ world }) => {
    await openConnections(world, 2)
    const opened = world.fcm.connectionsTotal
    world.fcm.order({ hang: true }, { token: registrationToken(100), times: 5 })
    const unanswered = world.sender.send(ringOf(android(100), { deadline: Date.now() + 3_000 }), commit)
    let isOver = false
    void unanswered.finally(() => {
      isOver = true
    })
    while (!isOver) expect(await world.sendTo(1)).toMatchObject({ kind: 'accepted' })
    // Its second attempt hangs as well, on a connection of its own.
    expect(await unanswered).toMatchObject({ kind: 'retryable' })
    expect(world.fcm.connectionsTotal).toBeLessThanOrEqual(opened + 1)
  })
})
