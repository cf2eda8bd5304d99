import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createHandsetStates } from '../../src/phones/create-handset-states.ts'
import type { PhoneId } from '../../src/phones/handset-state.ts'
import { receiveDataMessage, receiveVoipPush } from '../../src/phones/receive-call-push.ts'
import { bobsPhones } from '../../src/phones/simulated-phones.ts'
import { createStateAsker } from '../../src/pushes/create-state-asker.ts'
import { createLog } from '../../src/scene/create-log.ts'
import { startStateServer } from './start-state-server.ts'

const sessionId = 'v1.us.0123456789abcdef0123456789abcdef'
const push = { type: 'call', callAction: 'initiated', sessionId, callerName: 'Alice', callType: 'video' }

/** One of Bob's phones, with the app that asks. `ring` gives it a push with the state URL. */
function startPhone(id: PhoneId, stateUrl: string) {
  const handset = bobsPhones('bob').find(phone => phone.id === id)
  if (!handset) throw new Error(`Bob has no ${id}`)
  const clock = Date.now
  const phones = createHandsetStates({ clock, onDeadline: () => undefined })
  const log = createLog({ clock })
  const onShown = vi.fn<() => void>()
  const onReceipt = vi.fn<(sessionId: string) => void>()
  const asker = createStateAsker({ phones, log, clock, changed: () => undefined, onReceipt })
  onTestFinished(() => {
    asker.close()
    phones.close()
  })
  return {
    asker,
    onShown,
    onReceipt,
    log,
    delivered: { handset, sessionId, stateUrl },
    state: () => phones.state(id),
    answer: () => phones.answer(id, sessionId),
    isInformed: () => asker.isInformed(id, sessionId),
    ring() {
      const times = { now: clock(), deadline: clock() + 30_000 }
      phones.change(id, state =>
        handset.platform === 'ios'
          ? receiveVoipPush(state, { payload: push, ...times })
          : receiveDataMessage(state, { data: push, ...times }),
      )
      asker.ring({ handset, sessionId, stateUrl }, onShown)
    },
  }
}

describe('an iPhone that rings', () => {
  it('reports that it shows the call, with the time at which it began to', async () => {
    const ringer = await startStateServer()
    const { ring, onShown, onReceipt, isInformed } = startPhone('iphone', ringer.url)
    const before = Date.now()
    ring()
    const after = Date.now()
    await ringer.until(() => ringer.receipts.length === 1)
    expect(ringer.receipts).toEqual([{ event: 'shown', at: expect.any(Number), status: 204 }])
    expect(ringer.receipts[0]?.at).toBeGreaterThanOrEqual(before)
    expect(ringer.receipts[0]?.at).toBeLessThanOrEqual(after)
    expect(onShown).toHaveBeenCalledOnce()
    expect(isInformed()).toBe(true)
    await expect.poll(() => onReceipt.mock.calls).toEqual([[sessionId]])
  })

  it('stops when its state URL says that the call is over, and closes the stream', async () => {
    const ringer = await startStateServer()
    const { ring, state, isInformed } = startPhone('iphone', ringer.url)
    ring()
    await ringer.until(() => ringer.receipts.length === 1)
    ringer.tell({ state: 'ended', callAction: 'cancelled' })
    await expect.poll(state).toMatchObject({ status: 'idle', last: { reason: 'cancelled', by: 'state-url' } })
    await expect.poll(ringer.openStreams).toBe(0)
    expect(isInformed()).toBe(false)
    expect(ringer.receipts).toHaveLength(1)
  })

  it('goes on when the call was answered on this phone', async () => {
    const ringer = await startStateServer()
    const { ring, state, answer } = startPhone('iphone', ringer.url)
    ring()
    await ringer.until(() => ringer.receipts.length === 1)
    answer()
    ringer.tell({ state: 'answered', callAction: 'ongoing', answeredHere: true })
    await expect.poll(ringer.openStreams).toBe(0)
    expect(state().status).toBe('connected')
  })

  it('asks again when the stream breaks', async () => {
    const ringer = await startStateServer()
    const { ring, state } = startPhone('iphone', ringer.url)
    ring()
    await ringer.until(() => ringer.receipts.length === 1)
    ringer.breakStreams()
    await ringer.until(() => ringer.questions() === 2)
    ringer.tell({ state: 'answered', callAction: 'ongoing' })
    await expect.poll(state).toMatchObject({ status: 'idle', last: { reason: 'ongoing', by: 'state-url' } })
    expect(ringer.receipts).toHaveLength(1)
  })

  it('keeps ringing when its state URL is answered 404', async () => {
    const ringer = await startStateServer(404)
    const { ring, state, onShown, isInformed } = startPhone('iphone', ringer.url)
    ring()
    await ringer.until(() => ringer.receipts.length === 1)
    expect(ringer.receipts).toMatchObject([{ event: 'shown' }])
    expect([state().status, onShown.mock.calls.length, isInformed()]).toEqual(['ringing', 1, false])
  })
})

describe.each(['iphone', 'android'] as const)('%s, when its push comes after the end of the call,', id => {
  it.each([{ state: 'ended', callAction: 'unanswered' }, { callAction: 'an-action-of-later' }, 410])(
    'stops and reports “late”: %j',
    async answer => {
      const ringer = await startStateServer(answer)
      const { ring, state, onShown } = startPhone(id, ringer.url)
      ring()
      await ringer.until(() => ringer.receipts.length === 1)
      expect(ringer.receipts).toMatchObject([{ event: 'late' }])
      expect(state()).toMatchObject({ status: 'idle', last: { by: 'state-url' } })
      expect(onShown).not.toHaveBeenCalled()
    },
  )
})

describe('an Android phone that rings', () => {
  it('asks once, and reports with which priority FCM delivered the message', async () => {
    const ringer = await startStateServer()
    const { ring, state, isInformed } = startPhone('android', ringer.url)
    ring()
    await ringer.until(() => ringer.receipts.length === 1)
    expect(ringer.receipts).toMatchObject([
      { event: 'shown', deliveredPriority: 'high', originalPriority: 'high' },
    ])
    expect([ringer.questions(), ringer.openStreams(), isInformed()]).toEqual([1, 0, false])
    expect(state().status).toBe('ringing')
  })
})

describe('a receipt', () => {
  it('is sent again when Ringer cannot take it', async () => {
    const ringer = await startStateServer()
    ringer.refusals.push(503, 503)
    const { asker, delivered, onReceipt, log } = startPhone('iphone', ringer.url)
    asker.report(delivered, 'duplicate')
    await expect.poll(() => onReceipt.mock.calls.length, { timeout: 5_000 }).toBe(1)
    expect(ringer.receipts.map(({ event, status }) => [event, status])).toEqual([
      ['duplicate', 503],
      ['duplicate', 503],
      ['duplicate', 204],
    ])
    expect(log.entries().at(-1)?.text).toMatch(/^reports “duplicate” → 204, \d+ ms$/)
  })

  it('is not sent again when Ringer refuses it', async () => {
    const ringer = await startStateServer()
    ringer.refusals.push(410)
    const { asker, delivered, onReceipt, log } = startPhone('iphone', ringer.url)
    asker.report(delivered, 'suppressed')
    await expect.poll(() => log.entries().length).toBe(1)
    expect([ringer.receipts.length, onReceipt.mock.calls.length]).toEqual([1, 0])
  })
})
