import { expect } from 'vitest'
import { deliver, initiated, register, tokens } from '../webhooks.ts'
import { it } from '../world.ts'
import { eventsSecret, startBackend } from './start-backend.ts'

const CALLS = 20

it.extend('worldOptions', { ringMs: 12_000 })(
  'a worker that is killed during twenty calls loses no event, and no event is sent under two ids',
  { timeout: 40_000 },
  async ({ world, onTestFinished }) => {
    const backend = await startBackend()
    onTestFinished(() => backend.close())
    const settings = {
      ...{ RINGER_EVENTS_URL: backend.url, RINGER_EVENTS_SECRET: eventsSecret },
      RINGER_EVENTS_ALLOW_INSIDE: 'true',
    }
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    const [first] = await Promise.all([world.addWorkerProcess(settings), world.addWorkerProcess(settings)])
    const sessionIds = Array.from({ length: CALLS }, (_, index) => `v1.eu.call-${index}`)
    const calling = Promise.all(sessionIds.map(sessionId => deliver(world.ingress, initiated({ sessionId }))))
    await world.apns.waitFor(received => received.length >= 3)
    first.kill('SIGKILL')
    await calling

    const told = (type: string) => {
      const found = backend.events.filter(event => event.type === type)
      return {
        sessions: new Set(found.map(({ data }) => ('sessionId' in data ? data.sessionId : ''))).size,
        ids: new Set(found.map(({ id }) => id)).size,
      }
    }
    // At the latest after the ring's deadline, when its record is looked at in any case.
    const whole = { sessions: CALLS, ids: CALLS }
    await expect.poll(() => told('ring.accepted'), { timeout: 20_000 }).toEqual(whole)
    expect(backend.faults).toEqual([])
  },
)
