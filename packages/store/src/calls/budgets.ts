import type { GroupEvent, RingEvent } from '@ringer/payloads'
import { z } from 'zod'
import type { Keys } from '../redis/keys.ts'

export const budgetNames = ['pair', 'caller', 'recipient', 'group'] as const

/**
 * What is counted: the calls of one caller to one recipient, the calls of one caller, the calls to one recipient, and the
 * calls to one group.
 */
export type BudgetName = (typeof budgetNames)[number]

/** How many calls a minute each budget allows. */
export type Budgets = Readonly<Record<BudgetName, number>>

/** A budget that was used up, as the record of a call has it. */
export const refusedCall = z.object({
  budget: z.enum(budgetNames),
  /** How many calls a minute it allowed this call's caller. */
  limit: z.number(),
  /** How many had been counted in the minute of this call. Refused ones are not counted. */
  counted: z.number(),
  /** The caller's uid. */
  caller: z.string().optional(),
})
export type RefusedCall = z.infer<typeof refusedCall>

/** A budget that was used up, and what the call's record says about it. */
export interface BudgetRefusal {
  budget: BudgetName
  reason: string
}

const MINUTE_MS = 60_000

/** A counter lives this long. It is only used in the minute in which it begins. */
export const COUNTER_TTL_MS = 2 * MINUTE_MS

/**
 * A recipient whose budget is used up can still be called so often a minute by each caller. Otherwise a few accomplices who use
 * it up would keep everybody else from ringing their victim.
 */
const FIRST_CALLS = 3

/** Above this multiple of the recipient's budget, first calls are refused as well: they come from hundreds of accounts. */
const MOST_CALLS_FACTOR = 10

/**
 * The same for a group: otherwise one member who calls it again and again would keep the others from calling it. The numbers are
 * smaller, because a call to a group rings hundreds of phones.
 */
const FIRST_CALLS_TO_GROUP = 1
const MOST_GROUP_CALLS_FACTOR = 2

/** One budget as the scripts read it, and the key of its counter. */
interface Charge {
  budget: BudgetName
  limit: number
  key: string
  /** While the pair has had fewer than `calls` calls, this limit applies instead. The pair is charged before. */
  first?: { calls: number; limit: number }
}

/**
 * The budgets that a ring uses. A call to a group uses those of its caller and its group once, however many members it rings:
 * `perCall`, with the key that remembers the decision. Everything else is in `perRing`.
 */
export interface Charges {
  perRing: Charge[]
  perCall: Charge[]
  /** Only used if `perCall` is not empty. */
  decision: string
}

const noCharges: Charges = { perRing: [], perCall: [], decision: '' }

/** @param receivedAt when the webhook arrived, epoch ms: calls that waited during an outage are not taken for a flood */
export function chargesOf(
  keys: Keys,
  { appId, event, receivedAt }: { appId: string; event: RingEvent | GroupEvent; receivedAt: number },
  budgets: Budgets | undefined,
): Charges {
  if (!budgets) return noCharges
  const minute = Math.floor(receivedAt / MINUTE_MS)
  const charge = (budget: BudgetName, ...of: string[]): Charge[] => [
    { ...limitsOf(budget, budgets), key: keys.counter(appId, minute, budget, of) },
  ]
  const { caller, receiver, sessionId, announcedBy = '' } = event
  const recipient = event.kind === 'ring' ? event.recipient : undefined
  const ofCaller = charge('caller', caller.uid)
  const ofRecipient =
    recipient === undefined
      ? []
      : [...charge('pair', caller.uid, recipient), ...charge('recipient', recipient)]
  const decision = keys.counter(appId, 0, 'call', [sessionId, announcedBy])
  if (receiver.type === 'user') return { perRing: [...ofRecipient, ...ofCaller], perCall: [], decision }
  // Tells first calls from others, and refuses none. Counted apart from the calls to a user, who may have the same id.
  const ofPair = charge('pair', caller.uid, 'group', receiver.uid).map(pair => ({
    ...pair,
    limit: Number.MAX_SAFE_INTEGER,
  }))
  const ofGroup = [...ofPair, ...charge('group', receiver.uid)]
  return { perRing: ofRecipient, perCall: [...ofGroup, ...ofCaller], decision }
}

const limitsOf = (budget: BudgetName, { [budget]: limit }: Budgets) => ({
  ...{ budget, limit },
  ...(budget === 'recipient' && { first: { calls: FIRST_CALLS, limit: MOST_CALLS_FACTOR * limit } }),
  ...(budget === 'group' && {
    first: { calls: FIRST_CALLS_TO_GROUP, limit: MOST_GROUP_CALLS_FACTOR * limit },
  }),
})

/** Whose calls a budget counts. */
export const whose: Record<BudgetName, string> = {
  pair: 'from this caller to this recipient',
  caller: 'from this caller',
  recipient: 'to this recipient',
  group: 'to this group',
}

/** The reason for the record, of the limit and of `whose`. It names no user. The scripts have the words, so no call sends them. */
export const REASON = 'refused: more than %d calls a minute %s (RINGER_BUDGETS)'

export const reasonOf = (budget: BudgetName, limit: number) =>
  REASON.replace('%d', String(limit)).replace('%s', whose[budget])

/** The part of a charge that a script gets as JSON; its key is among the script's keys. */
export const toArgument = (charges: readonly Charge[]) => charges.map(({ key: _, ...charge }) => charge)
