import { createCounts } from '../limits/create-counts.ts'
import { createTally } from '../limits/create-tally.ts'
import type { CallBudget } from './create-call-budget.ts'

/** Who wants an auth token to be looked up. Nothing about them is proved yet. */
export interface LookupCaller {
  /** The address that limits count. */
  address: string
  /** Whether too many requests with wrong credentials came from this address. */
  isSuspect: boolean
  /** Whether the user has phones registered. Asked only if there is no place for strangers. Never rejects. */
  hasPhones(uid: string): Promise<boolean>
}

/** Whether a look-up may be made. Call `leave` when it is over. */
export type LookupAdmission =
  | { ok: true; leave: () => void }
  | { ok: false; kind: 'limited' | 'unavailable'; reason: string; retryAfterMs: number }

/**
 * Each limit with its reason. An office or a mobile network shares an address, and each of its users is looked up once in
 * five minutes. A phone needs one look-up at a time.
 */
export const LOOKUP_LIMITS = {
  places: 50,
  /** Of the places, those that only users who have phones may take. */
  reserved: 15,
  /** Of the reserve, what one address may take: it may have guessed the uids. */
  reserveAtOnce: 5,
  reservePerMinute: 60,
  addressAtOnce: 8,
  addressPerMinute: 120,
  /** Of one address, about one user. Not over all addresses: a stranger could lock the user out. */
  userAtOnce: 2,
  userPerMinute: 10,
  /** How many callers may be waiting for `hasPhones`. */
  asking: 20,
} as const

const MINUTE_MS = 60_000
const BUSY_MS = 1_000

type Admit = (uid: string, caller: LookupCaller) => Promise<LookupAdmission>

/**
 * Creates the gate that every look-up of an auth token at CometChat passes. What one address may do is limited, so that noise
 * from a few addresses keeps nobody else from registering. If an address or the places for strangers are used up, a user who
 * has phones takes a place of the reserve, of which each user has one at a time.
 */
export function createLookupGate(budget: CallBudget, clock: () => number): Admit {
  const limits = LOOKUP_LIMITS
  const byAddress = createCounts({ limit: limits.addressPerMinute, windowMs: MINUTE_MS, clock })
  const byUser = createCounts({ limit: limits.userPerMinute, windowMs: MINUTE_MS, clock })
  const byReserve = createCounts({ limit: limits.reservePerMinute, windowMs: MINUTE_MS, clock })
  const open = createTally()

  function enter(...keys: string[]): LookupAdmission {
    const leaving = keys.map(key => open.enter(key))
    return { ok: true, leave: () => leaving.forEach(leave => void leave()) }
  }

  /** Why a stranger may not enter now; undefined if they may. The last check takes from the budget. */
  function refuseStranger({ address, isSuspect }: LookupCaller): LookupAdmission | undefined {
    if (isSuspect) return limited('the address sent too many wrong credentials', MINUTE_MS)
    if (open.of(`address ${address}`) >= limits.addressAtOnce)
      return limited(`${limits.addressAtOnce} auth tokens from this address are being checked`, BUSY_MS)
    const waitMs = byAddress.waitOf(address)
    if (waitMs > 0) return limited('too many auth tokens from this address within a minute', waitMs)
    if (open.of('strangers') >= limits.places - limits.reserved) return busy
    return withinBudget('strangers')
  }

  function withinBudget(kind: 'known' | 'strangers'): LookupAdmission | undefined {
    const waitMs = budget.take(kind)
    if (waitMs === 0) return undefined
    return unavailable('the part of COMETCHAT_REQUESTS_PER_MINUTE for registrations is used up', waitMs)
  }

  async function enterReserve(uid: string, { address, hasPhones }: LookupCaller, otherwise: LookupAdmission) {
    const [ofUser, ofAddress] = [`reserve for ${uid}`, `reserve from ${address}`]
    const isFull = () =>
      open.of('reserve') >= limits.reserved ||
      open.of(ofUser) > 0 ||
      open.of(ofAddress) >= limits.reserveAtOnce ||
      byReserve.waitOf(address) > 0
    if (isFull() || open.of('asking') >= limits.asking) return otherwise
    const stopAsking = open.enter('asking')
    const isKnown = await hasPhones(uid).finally(stopAsking)
    if (!isKnown || isFull()) return otherwise
    const refused = withinBudget('known')
    if (refused) return refused
    byReserve.add(address)
    return enter('reserve', ofUser, ofAddress)
  }

  return async (uid, caller) => {
    const { address } = caller
    const user = `user ${address} ${uid}`
    const waitMs = open.of(user) >= limits.userAtOnce ? BUSY_MS : byUser.add(user)
    if (waitMs > 0) return limited('too many auth tokens of this user from this address', waitMs)
    const leaveUser = open.enter(user)
    const refused = refuseStranger(caller)
    if (!refused) byAddress.add(address)
    const entered = refused
      ? await enterReserve(uid, caller, refused)
      : enter('strangers', `address ${address}`)
    if (!entered.ok) {
      leaveUser()
      return entered
    }
    return {
      ok: true,
      leave() {
        leaveUser()
        entered.leave()
      },
    }
  }
}

const limited = (reason: string, retryAfterMs: number): LookupAdmission => ({
  ...{ ok: false, kind: 'limited' },
  ...{ reason, retryAfterMs },
})
const unavailable = (reason: string, retryAfterMs: number): LookupAdmission => ({
  ...{ ok: false, kind: 'unavailable' },
  ...{ reason, retryAfterMs },
})
const busy = unavailable(`${LOOKUP_LIMITS.places} auth tokens are already being checked`, BUSY_MS)
