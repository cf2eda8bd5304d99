import type { Random } from '../random.ts'
import { INGRESSES, type NoiseStep, type Phone, type WebhookStep } from './plan.ts'

/** Who floods, and whom. Nobody else calls them, and nothing else happens to their phones. */
export const flooders = ['mallory', 'trudy'] as const
export const FLOODED_GROUP = 'flooded-group'
const ACCOMPLICE = 'accomplice'

const MEMBERS = Array.from({ length: 30 }, (_, index) => `member-${index}`)
const MADE_UP_TOKENS = 20

// More would starve the machine, and a campaign that excuses everything shows nothing. test/faults/floods.test.ts has the
// full floods.
const GROUP_CALLS_A_SECOND = 6
const GROUP_FLOOD_MS = 4_000
const CALLS_A_SECOND = 60
const FLOOD_MS = 2_000

const NOISY_CONNECTIONS = 60
/** Each may ask for about thirty look-ups: all together for fewer than strangers have in a minute. */
const NOISY_ADDRESSES = 20
const NOISE_MS = 3_000

/** The members of the group that is flooded, whose phones work. */
export function planMembers(random: Random): Phone[] {
  return MEMBERS.map(uid => ({
    ...{ name: `${uid}'s iPhone`, platform: 'ios', token: random.hex(64), environment: 'production' },
    ...{ sendsEnvironment: true, uid },
  }))
}

/** The accomplice's tokens, which Apple refuses. */
export function planMadeUp(random: Random): Phone[] {
  return Array.from({ length: MADE_UP_TOKENS }, (_, index) => ({
    ...{ name: `made-up token ${index}`, platform: 'ios', token: random.hex(64), environment: 'production' },
    ...{ sendsEnvironment: true, uid: ACCOMPLICE },
  }))
}

/** Plans both floods: a member who calls a group again and again, and a user who calls an accomplice with made-up tokens. */
export function planFloods(random: Random, endsAt: number): WebhookStep[] {
  const session = random.hex(24)
  const flood = (
    [caller, name]: [caller: string, name: string],
    [perSecond, forMs]: [perSecond: number, forMs: number],
    what: Pick<WebhookStep, 'event' | 'group'>,
  ) => {
    const from = random.between(1_000, Math.max(2_000, endsAt - forMs))
    return Array.from({ length: (perSecond * forMs) / 1_000 }, (_, number): WebhookStep => {
      const at = from + Math.floor((number * 1_000) / perSecond)
      const sessionId = `v1.eu.${session}.${name}-${number}`
      const ingress = number % INGRESSES
      return { do: 'webhook', at, eventAt: at, ingress, dialect: 'signalled', sessionId, caller, ...what }
    })
  }
  const group = { group: FLOODED_GROUP, event: { kind: 'group' as const, members: MEMBERS } }
  const accomplice = { event: { kind: 'ring' as const, recipient: ACCOMPLICE } }
  return [
    ...flood([flooders[0], 'group'], [GROUP_CALLS_A_SECOND, GROUP_FLOOD_MS], group),
    ...flood([flooders[1], 'made-up'], [CALLS_A_SECOND, FLOOD_MS], accomplice),
  ]
}

/** Plans when strangers try to register phones. */
export function planNoise(random: Random, endsAt: number): NoiseStep {
  const at = random.between(1_000, Math.max(2_000, endsAt - NOISE_MS))
  const ingress = random.between(0, INGRESSES - 1)
  const [connections, addresses] = [NOISY_CONNECTIONS, NOISY_ADDRESSES]
  return { do: 'make-noise', at, ingress, connections, addresses, forMs: NOISE_MS }
}
