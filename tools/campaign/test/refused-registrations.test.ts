import { describe, expect, it } from 'vitest'
import type { History, SentRegistration, Subject } from '../history.ts'
import { android, iphone, kindsOf, registration, START } from './bobs-history.ts'

const AT = START + 50_000

const trouble = (subject: Subject, at = AT): History['troubles'][number] => ({
  ...{ subject, kind: 'of a test' },
  ...{ from: at, to: at + 500 },
})

/** Bob's iPhone registers again. The last of these answers counts; each try follows half a second after the one before. */
function tries(
  answers: readonly (number | undefined)[],
  changes: Partial<SentRegistration> = {},
): SentRegistration[] {
  const again = [...answers, 200].map((status, index) => {
    const sentAt = AT + index * 500
    return registration({ sentAt, answeredAt: sentAt + 10, status, ...changes })
  })
  return [registration(), registration({ token: android.token }), ...again]
}

describe('a registration', () => {
  it('that is refused at once, twice, or for good is reported', () => {
    expect(kindsOf({ registrations: tries([]) })).toEqual([])
    for (const status of [400, 401, 403, 429, 500])
      expect(kindsOf({ registrations: tries([status]) })).toEqual(['not registered'])
    for (const status of [503, undefined]) {
      expect(kindsOf({ registrations: tries([status]) })).toEqual([])
      expect(kindsOf({ registrations: tries([status, status]) })).toEqual(['not registered'])
    }
  })

  it('may be refused while Redis, CometChat, the machine or an ingress is in trouble, or has just recovered', () => {
    for (const subject of ['redis', 'cometchat', 'machine', 'ingress-1'] as const) {
      expect(kindsOf({ registrations: tries([503, 503]), troubles: [trouble(subject)] })).toEqual([])
      expect(
        kindsOf({ registrations: tries([503, 503]), troubles: [trouble(subject, AT - 20_000)] }),
      ).toEqual(['not registered'])
    }
  })

  it('may be refused while strangers register, unless the user has a phone', () => {
    const troubles = [trouble('strangers')]
    expect(kindsOf({ registrations: tries([503, 503]), troubles })).toEqual(['not registered'])
    const ofCarol = tries([503, 503], { uid: 'carol', token: 'fcm:carol' })
    expect(kindsOf({ registrations: ofCarol, troubles })).toEqual([])
    expect(kindsOf({ registrations: ofCarol })).toEqual(['not registered'])
  })

  it('is not looked at before the campaign begins', () => {
    const early = registration({
      token: iphone.token,
      sentAt: START - 10,
      answeredAt: START - 5,
      status: 429,
    })
    expect(kindsOf({ registrations: [early, ...tries([])] })).toEqual([])
  })
})
