import type { Random } from '../random.ts'
import { INGRESSES, type Phone, type PhoneStep } from './plan.ts'

/** Users who log in on each other's phones. A group call has only one of them, so that every push has one owner. */
export const movers = ['ada', 'ben', 'cleo', 'dan'] as const
/** Users who keep their phones. */
export const settled = ['eva', 'finn', 'gia', 'hugo', 'ines', 'jon', 'kim', 'leo'] as const

/** Plans every user's phones: an iPhone, an Android phone or both, with every kind of registration. */
export function planPhones(random: Random): Phone[] {
  const phones: Phone[] = []
  for (const [index, uid] of [...movers, ...settled].entries()) {
    const environment = index % 3 === 2 ? ('sandbox' as const) : ('production' as const)
    // For a token without an environment, a worker tries both environments once.
    const sendsEnvironment = index % 4 !== 2
    const iphone = { platform: 'ios', token: random.hex(64), environment, sendsEnvironment } as const
    const android = { platform: 'android', token: `fcm:${random.hex(48)}`, sendsEnvironment: false } as const
    if (index % 5 !== 4) phones.push({ ...iphone, name: `${uid}'s iPhone`, uid })
    if (index % 4 !== 3) phones.push({ ...android, name: `${uid}'s Android phone`, uid })
  }
  return phones
}

/** Plans what users do with their phones during the campaign. */
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
      // Sometimes the former user logs out first; usually not.
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
