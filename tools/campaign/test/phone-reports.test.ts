import type { PhoneState } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import type { AskedState, SentReceipt } from '../history.ts'
import {
  android,
  CALLED,
  cancel,
  DEADLINE,
  device,
  iphone,
  kindsOf,
  push,
  record,
  SESSION,
  stop,
  toAndroid,
  webhook,
} from './bobs-history.ts'

const ask = (at: number, state?: Partial<PhoneState>, changes: Partial<AskedState> = {}): AskedState => ({
  token: iphone.token,
  sessionId: SESSION,
  sentAt: at,
  answeredAt: at + 5,
  status: 200,
  ...(state && {
    state: {
      state: 'ringing',
      callAction: 'initiated',
      deadline: DEADLINE,
      now: at,
      caller: { uid: 'alice' },
      ...state,
    },
  }),
  ...changes,
})
const shown: SentReceipt = {
  token: iphone.token,
  sessionId: SESSION,
  event: 'shown',
  sentAt: CALLED + 300,
  answeredAt: CALLED + 320,
  status: 204,
}
/** Bob's ring with what is on record of his iPhone's receipts. */
const recorded = (receipts: NonNullable<ReturnType<typeof record>['devices'][number]['receipts']>) => ({
  records: [record({ devices: [{ ...device(iphone.token), receipts }, device(android.token)] })],
})

describe('the state of a ring', () => {
  it.each([
    ['ringing, while it rings', [ask(CALLED + 200, {})]],
    ['missing, if the ingress was killed', [ask(CALLED + 200, undefined, { status: undefined })]],
    ['410, more than a minute later', [ask(DEADLINE + 61_000, undefined, { status: 410 })]],
    ['expired, after the deadline', [ask(DEADLINE + 1_000, { state: 'expired', callAction: 'unanswered' })]],
  ])('may be %s', (_, asks) => {
    expect(kindsOf({ asks })).toEqual([])
  })

  it.each([
    ['404', [ask(CALLED + 200, undefined, { status: 404 })]],
    ['410, while it rings', [ask(CALLED + 200, undefined, { status: 410 })]],
    ['that of somebody else’s call', [ask(CALLED + 200, { caller: { uid: 'mallory' } })]],
    ['over, although nobody ended it', [ask(CALLED + 200, { state: 'ended', callAction: 'cancelled' })]],
    ['answered, although nobody did', [ask(CALLED + 200, { state: 'answered', callAction: 'ongoing' })]],
    ['expired, before the deadline', [ask(CALLED + 20_000, { state: 'expired', callAction: 'unanswered' })]],
    ['ringing, after the deadline', [ask(DEADLINE + 5_000, {})]],
  ])('is wrong if it is %s', (_, asks) => {
    expect(kindsOf({ asks })).toEqual(['wrong state'])
  })

  it('is wrong if it still rings long after the end', () => {
    const ended = [webhook(), cancel(CALLED + 5_000)]
    expect(
      kindsOf({ asks: [ask(CALLED + 5_300, {})], webhooks: ended, pushes: [push(), toAndroid(), stop] }),
    ).toEqual([])
    expect(
      kindsOf({ asks: [ask(CALLED + 25_000, {})], webhooks: ended, pushes: [push(), toAndroid(), stop] }),
    ).toEqual(['wrong state'])
  })
})

describe('a receipt', () => {
  it('is on record once it was answered', () => {
    expect(kindsOf({ ...recorded({ shown: { at: CALLED + 310 } }), receipts: [shown] })).toEqual([])
    expect(kindsOf({ ...recorded({}), receipts: [shown] })).toEqual(['wrong receipt'])
  })

  it('may be on record without an answer', () => {
    const receipts = [{ ...shown, status: undefined }]
    expect(kindsOf({ ...recorded({ shown: { at: CALLED + 9_000 } }), receipts })).toEqual([])
    expect(kindsOf({ ...recorded({}), receipts })).toEqual([])
  })

  it.each([
    ['that nobody sent', []],
    ['of another event', [{ ...shown, event: 'late' as const, status: undefined }]],
    ['of another call', [{ ...shown, sessionId: 'v1.eu.another' }]],
    ['of another phone', [{ ...shown, token: 'b2'.repeat(32) }]],
    ['of another time', [{ ...shown, sentAt: CALLED + 5_000, answeredAt: CALLED + 5_010 }]],
  ])('on record %s is wrong', (_, receipts) => {
    expect(kindsOf({ ...recorded({ shown: { at: CALLED + 310 } }), receipts })).toEqual(['wrong receipt'])
  })
})
