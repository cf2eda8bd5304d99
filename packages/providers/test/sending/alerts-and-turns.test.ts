import { describe, expect, it, onTestFinished } from 'vitest'
import { notSent } from '../../src/sending/outcome.ts'
import { type OutgoingAlert, urgencyOf } from '../../src/sending/push-sender.ts'
import { takeTurns, urgencies } from '../../src/sending/take-turns.ts'
import { startApnsWorld } from '../apns/apns-world.ts'
import { commit, iphone, ringOf, upTo } from '../pushes/outgoing-push.ts'

const closing = notSent('closing')
const DAY_MS = 86_400_000

const alertOf = (number: number, collapse = String(number)): OutgoingAlert => ({
  kind: 'alert',
  alertId: `alert-${number}`,
  deadline: Date.now() + DAY_MS,
  device: iphone(1_000 + number, { kind: 'alert' }),
  alert: { title: 'Alice', body: 'Are you there?', collapse, data: { type: 'chat' } },
})

describe('a provider with room for two pushes at a time', () => {
  it('gets a ring before the alerts that wait', async () => {
    const world = await startApnsWorld({ streamLimit: 1 })
    onTestFinished(() => world.close())
    await world.warmUp()
    world.production.order({ delayMs: 100 }, { times: 50 })
    const alerts = Promise.all(upTo(20).map(number => world.sender.send(alertOf(number), commit)))
    await world.production.waitFor(received => received.length === 2)
    await world.sender.send(ringOf(iphone(7)), commit)
    const types = world.production.received.map(({ headers }) => headers['apns-push-type'])
    // Before the ring: the alerts that were under way, one on each session, and at most two that were let in meanwhile.
    expect(types.lastIndexOf('voip')).toBeLessThanOrEqual(4)
    await alerts
    expect(world.production.received).toHaveLength(21)
  })
})

describe('a patient push', () => {
  it('gets its turn after the urgent ones, and is refused together with them', async () => {
    let room = false
    const turns = takeTurns(() => room, Date.now)
    const order: string[] = []
    const take = (name: string, urgency: 'urgent' | 'patient') =>
      turns.take(Date.now() + DAY_MS, async () => order.push(name), urgencies[urgency])
    const waiting = [take('alert-1', 'patient'), take('ring-1', 'urgent'), take('alert-2', 'patient')]
    room = true
    turns.admit()
    await Promise.all(waiting)
    expect(order).toEqual(['ring-1', 'alert-1', 'alert-2'])
    room = false
    const late = [take('alert-3', 'patient'), take('ring-2', 'urgent')]
    turns.refuse(closing)
    expect(await Promise.all(late)).toEqual([closing, closing])
  })

  it('gets its turn after the rings that yield, of which those with a smaller number go first', async () => {
    let room = false
    const turns = takeTurns(() => room, Date.now)
    const order: number[] = []
    const ring = ringOf(iphone(1))
    const inOrder = [
      { ...ring, kind: 'stop', action: 'cancelled' } as const,
      ring,
      { ...ring, yields: 1 },
      { ...ring, yields: 30 },
      alertOf(1),
    ].map(urgencyOf)
    const waiting = inOrder
      .toReversed()
      .map(urgency => turns.take(Date.now() + DAY_MS, async () => order.push(urgency), urgency))
    expect(inOrder.map(turns.ahead)).toEqual([1, 2, 3, 4, 5])
    room = true
    turns.admit()
    await Promise.all(waiting)
    expect(order).toEqual(inOrder)
  })

  it('waits for its turn even if its deadline is 28 days away', async () => {
    const turns = takeTurns(() => false, Date.now)
    const taken = turns.take(Date.now() + 28 * DAY_MS, async () => 'done', urgencies.patient)
    // The one with the short deadline is refused then. The other one waits until everything is refused.
    const short = await turns.take(Date.now() + 50, async () => 'done', urgencies.patient)
    turns.refuse(closing)
    expect(await taken).toEqual(closing)
    expect(short).not.toEqual(closing)
  })
})

describe('a collapse id', () => {
  it.each([
    ['with a line break', 'a\nb'],
    ['with a zero byte', 'a\u0000b'],
    ['in emoji', 'tag-😎'],
    ['in letters that are not ASCII', 'é'],
    ['that would be another header', 'a\r\napns-push-type: voip'],
    ['of 65 characters', 'a'.repeat(65)],
  ])('%s is sent as a hash', async (_, tag) => {
    const world = await startApnsWorld()
    onTestFinished(() => world.close())
    expect(await world.sender.send(alertOf(1, tag), commit)).toMatchObject({ kind: 'accepted' })
    expect(world.production.received[0]?.headers['apns-collapse-id']).toMatch(/^[0-9a-f]{64}$/)
  })

  it('that fits is sent unchanged', async () => {
    const world = await startApnsWorld()
    onTestFinished(() => world.close())
    await world.sender.send(alertOf(1, '90288'), commit)
    expect(world.production.received[0]?.headers['apns-collapse-id']).toBe('90288')
  })
})
