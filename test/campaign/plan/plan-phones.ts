import type { Random } from '../random.ts'
import { INGRESSES, type Phone, type PhoneStep } from './plan.ts'

/** These log in on each other's phones. No two of them are called in one group call, so that each push has one owner. */
export const movers = ['ada', 'ben', 'cleo', 'dan'] as const
/** These keep their phones to themselves. */
export const settled = ['eva', 'finn', 'gia', 'hugo', 'ines', 'jon', 'kim', 'leo'] as const

/** Every user's phones: an iPhone, an Android phone, or both, of every kind of registration. */
export function planPhones(random: Random): Phone[] {
  const phones: Phone[] = []
  for (const [index, uid] of [...movers, ...settled].entries()) {
    const environment = index % 3 === 2 ? ('sandbox' as const) : ('production' as const)
    // A token that does not say where it is valid is probed for, once.
    const tellsEnvironment = index % 4 !== 2
    const iphone = { platform: 'ios', token: random.hex(64), environment, tellsEnvironment } as const
    const android = { platform: 'android', token: `fcm:${random.hex(48)}`, tellsEnvironment: false } as const
    if (index % 5 !== 4) phones.push({ ...iphone, name: `${uid}'s iPhone`, uid })
    if (index % 4 !== 3) phones.push({ ...android, name: `${uid}'s Android phone`, uid })
  }
  return phones
}

/** What people do with their phones meanwhile. */
export function planPhoneSteps(random: Random, phones: readonly Phone[], endsAt: number): PhoneStep[] {
  const steps: PhoneStep[] = []
  const owners = phones.map(phone => phone.uid)
  const freeFrom = phones.map(() => 0)
  const ingress = () => random.between(0, INGRESSES - 1)
  for (let at = 1_000; at < endsAt; at += random.between(500, 3_500)) {
    const phone = random.between(0, phones.length - 1)
    const uid = owners[phone] ?? ''
    if ((freeFrom[phone] ?? 0) > at) continue
    const isMover = movers.some(mover => mover === uid)
    const what = random.next()
    if (what < 0.35) steps.push({ do: 'register', at, phone, uid, ingress: ingress() })
    else if (isMover && what < 0.75) {
      const next = random.pick(movers.filter(mover => mover !== uid))
      owners[phone] = next
      // In order: the former user's logout first; or, as often as not, never.
      if (random.chance(0.3)) steps.push({ do: 'unregister', at: at - 1, phone, uid, ingress: ingress() })
      steps.push({ do: 'register', at, phone, uid: next, ingress: ingress() })
      freeFrom[phone] = at + 2_000
    } else if (what < 0.88) {
      const backAt = at + random.between(500, 6_000)
      steps.push({ do: 'unregister', at, phone, uid, ingress: ingress() })
      steps.push({ do: 'register', at: backAt, phone, uid, ingress: ingress() })
      freeFrom[phone] = backAt + 2_000
    } else {
      const backAt = at + random.between(1_000, 8_000)
      steps.push({ do: 'delete-app', at, phone })
      steps.push({ do: 'install-app', at: backAt, phone, uid, ingress: ingress() })
      freeFrom[phone] = backAt + 2_000
    }
  }
  return steps
}
