import { type IncomingCall, parseIncomingCall } from '@ringer/client'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../payloads/test/random.ts'
import { ringEvent } from '../../payloads/test/ring-events.ts'
import { pathsOf, withField, withoutField } from '../../payloads/test/vary.ts'
import { SENT_AT } from '../../payloads/test/webhooks.ts'
import { buildApnsRing } from '../../providers/src/apns/payloads/build-ring.ts'
import { buildFcmRing } from '../../providers/src/fcm/payloads/build-ring.ts'
import { buildFcmStop } from '../../providers/src/fcm/payloads/build-stop.ts'

const apns = buildApnsRing(ringEvent(), SENT_AT)
const fcm = buildFcmRing(ringEvent(), SENT_AT, 'call')

describe('parseIncomingCall', () => {
  const throwingProxy = new Proxy(
    {},
    {
      get: () => Promise.reject,
      has: () => {
        throw new Error('has')
      },
    },
  )
  const throwing = {
    get type(): string {
      throw new Error('no')
    },
  }
  const wrongValues: unknown[] = [
    null,
    undefined,
    '',
    ' ',
    0,
    -1,
    Number.NaN,
    1e300,
    10n,
    true,
    [],
    {},
    Symbol('s'),
    throwingProxy,
    throwing,
    () => 1,
  ]

  it.each<[string, object]>([
    ['a VoIP push', apns],
    ['a data map', fcm],
    ['a stop', buildFcmStop(ringEvent(), SENT_AT, 'call', 'busy')],
    ['a RemoteMessage', { messageId: '1', sentTime: SENT_AT, data: fcm }],
  ])('never throws and never returns an incomplete call: %s, damaged in every place', (_, push) => {
    for (const path of pathsOf(push)) {
      expectComplete(parseIncomingCall(withoutField(push, path)))
      for (const value of wrongValues) expectComplete(parseIncomingCall(replaced(push, path, value)))
    }
  })

  it('never throws and never returns an incomplete call: 20,000 random pushes', () => {
    const random = createRandom(20_261_122)
    const keys = [...Object.keys(apns), 'reason']
    const values = [
      ...wrongValues,
      ...Object.values(apns),
      ...Object.values(fcm),
      'cancelled',
      'ongoing',
      'call_ended',
      'chat',
    ]
    const types = ['call', 'incoming_call', 'call_ended', 'chat', undefined]
    const anyOf = (list: readonly unknown[]) => list[random.below(list.length)]
    const push = (depth: number): unknown => {
      if (random.below(20) === 0) return anyOf(wrongValues)
      const entries = Array.from({ length: random.below(8) }, () => [random.pick(keys), anyOf(values)])
      if (random.below(3) > 0)
        entries.push(['type', anyOf(types)], ['sessionId', anyOf([...wrongValues, 's', 'v1.eu.x'])])
      if (depth > 0) entries.push(['data', push(depth - 1)])
      return random.below(2) === 0 ? Object.fromEntries(entries) : new Map(entries as [unknown, unknown][])
    }
    let calls = 0
    for (let round = 0; round < 20_000; round++) {
      const call = parseIncomingCall(push(2))
      expectComplete(call)
      if (call) calls += 1
    }
    expect(calls).toBeGreaterThan(1_000)
  })

  it('does not throw if a getter or a proxy does', () => {
    expect(parseIncomingCall(throwing)).toBeUndefined()
    expect(
      parseIncomingCall(
        new Proxy(
          {},
          {
            get() {
              throw new Error('no')
            },
          },
        ),
      ),
    ).toBeUndefined()
  })
})

/** Like withField, but for values that cannot be cloned. */
function replaced(push: object, path: (string | number)[], value: unknown): unknown {
  const copy = withField(push, path, 'x')
  const holder = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>(
      (at, key) => at[key] as Record<string, unknown>,
      copy as Record<string, unknown>,
    )
  holder[String(path.at(-1))] = value
  return copy
}

function expectComplete(call: IncomingCall | undefined) {
  if (!call) return
  const texts = [
    call.sessionId,
    call.uuid,
    call.caller.uid,
    call.caller.name,
    call.receiver.name,
    call.conversationId,
  ]
  if (
    texts.some(text => typeof text !== 'string') ||
    call.sessionId === '' ||
    !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(call.uuid) ||
    call.hasVideo !== (call.callType === 'video') ||
    !Number.isFinite(call.sentAt) ||
    !['ring', 'stop'].includes(call.action)
  ) {
    expect.fail(`incomplete call: ${JSON.stringify(call)}`)
  }
}
