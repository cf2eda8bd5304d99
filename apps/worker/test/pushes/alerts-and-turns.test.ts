import { describe, expect, it, onTestFinished } from 'vitest'
import type { OutgoingAlert } from '../../src/pushes/push-sender.ts'
import { takeTurns } from '../../src/pushes/take-turns.ts'
import { startApnsWorld } from './apns-world.ts'
import { iphone, ringOf, upTo } from './outgoing-push.ts'

const DAY_MS = 86_400_000

const alertOf = (number: number, collapse = String(number)): OutgoingAlert => ({
  kind: 'alert',
  alertId: `alert-${number}`,
  deadline: Date.now() + DAY_MS,
  device: iphone(1_000 + number, { kind: 'alert' }),
  alert: { title: 'Alice', body: 'Are you there?', collapse, data: { type: 'chat' } },
})

describe('where a provider has room for one push at a time', () => {
  it('a ring goes before the notifications that wait', async () => {
    const world = await startApnsWorld({ streamLimit: 1 })
    onTestFinished(() => world.close())
    await world.warmUp()
    world.production.order({ delayMs: 100 }, { times: 50 })
    const alerts = Promise.all(upTo(20).map(number => world.sender.send(alertOf(number))))
    await world.production.waitFor(received => received.length === 2)
    await world.sender.send(ringOf(iphone(7)))
    const types = world.production.received.map(({ headers }) => headers['apns-push-type'])
    // The one that was under way, and at most one more that this process let in meanwhile.
    expect(types.lastIndexOf('voip')).toBeLessThanOrEqual(3)
    await alerts
    expect(world.production.received).toHaveLength(22)
  })

  it('who is patient has a turn all the same, and is sent away with all others', async () => {
    let room = false
    const turns = takeTurns(() => room, Date.now)
    const order: string[] = []
    const take = (name: string, urgency: 'urgent' | 'patient') =>
      turns.take(Date.now() + DAY_MS, async () => order.push(name), urgency)
    const waiting = [take('alert-1', 'patient'), take('ring-1', 'urgent'), take('alert-2', 'patient')]
    room = true
    turns.admit()
    await Promise.all(waiting)
    expect(order).toEqual(['ring-1', 'alert-1', 'alert-2'])
    room = false
    const late = [take('alert-3', 'patient'), take('ring-2', 'urgent')]
    turns.refuse('closing')
    expect(await Promise.all(late)).toEqual([{ refused: 'closing' }, { refused: 'closing' }])
  })

  it('a notification that is worth something for 28 days waits for its turn', async () => {
    const turns = takeTurns(() => false, Date.now)
    const taken = turns.take(Date.now() + 28 * DAY_MS, async () => 'done', 'patient')
    // One whose time is over soon is refused for that; the other waits on, until there is nothing to wait for.
    const short = await turns.take(Date.now() + 50, async () => 'done', 'patient')
    turns.refuse('closing')
    expect(await taken).toEqual({ refused: 'closing' })
    expect(short).not.toEqual({ refused: 'closing' })
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
  ])('%s goes into a header as a hash of it', async (_, tag) => {
    const world = await startApnsWorld()
    onTestFinished(() => world.close())
    expect(await world.sender.send(alertOf(1, tag))).toMatchObject({ kind: 'accepted' })
    expect(world.production.received[0]?.headers['apns-collapse-id']).toMatch(/^[0-9a-f]{64}$/)
  })

  it('that fits stays as it is', async () => {
    const world = await startApnsWorld()
    onTestFinished(() => world.close())
    await world.sender.send(alertOf(1, '90288'))
    expect(world.production.received[0]?.headers['apns-collapse-id']).toBe('90288')
  })
})
