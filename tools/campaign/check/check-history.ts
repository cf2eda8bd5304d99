import { deviceIdOf } from '@ringer/store'
import type { History } from '../history.ts'
import { type ExtraPush, findExtraPushes } from './extra-pushes.ts'
import { createHealth } from './health.ts'
import { createOwnership } from './ownership.ts'
import { collectRings, type Ring } from './rings.ts'
import { findAfterEnd } from './violations/find-after-end.ts'
import { findDoubled, type PossiblyTwice } from './violations/find-doubled.ts'
import { findLate } from './violations/find-late.ts'
import { findLost } from './violations/find-lost.ts'
import { findNotStopped } from './violations/find-not-stopped.ts'
import { findOverBudget } from './violations/find-over-budget.ts'
import { findUnrecorded } from './violations/find-unrecorded.ts'
import { findUnregistered } from './violations/find-unregistered.ts'
import { findWrongPhones, findWrongPushes } from './violations/find-wrong.ts'
import { findWrongReceipts } from './violations/find-wrong-receipts.ts'
import { findWrongStates } from './violations/find-wrong-states.ts'
import { findLeftOut, findWronglyPurged } from './violations/find-wrongly-purged.ts'
import { findWronglyRefused } from './violations/find-wrongly-refused.ts'
import type { Violation } from './violations/violation.ts'

/** The result of a campaign. */
export interface CampaignResult {
  violations: Violation[]
  /** Phones that were rung twice where that was unavoidable. */
  possiblyTwice: PossiblyTwice[]
  /** Pushes that were sent again while their first attempt was open. */
  extra: ExtraPush[]
  rings: Ring[]
  /** How many phones had to ring, over all rings. The others may stay silent without being lost. */
  owed: number
}

/** The id of the only tenant, because the campaign does not set COMETCHAT_APP_ID. */
const APP_ID = 'default'

const idOf = (token: string) => deviceIdOf(APP_ID, token)

/** Checks a campaign's history against what Ringer promises. Pure: its only input is the history. */
export function checkHistory(history: History): CampaignResult {
  const rings = collectRings(history)
  const health = createHealth(history)
  const ownership = createOwnership(history)
  const violations: Violation[] = history.crashes.map(what => ({ kind: 'crashed', what }))
  const possiblyTwice: PossiblyTwice[] = []
  let owed = 0
  for (const ring of rings) {
    const lost = findLost(ring, history, { health, ownership })
    owed += lost.owed
    const doubled = findDoubled(ring, history, health)
    possiblyTwice.push(...doubled.possiblyTwice)
    violations.push(
      ...lost.violations,
      ...doubled.violations,
      ...findLate(ring, health),
      ...findAfterEnd(ring, health),
      ...findNotStopped(ring, history, { health, ownership }),
      ...findWrongPhones(ring, health, ownership),
      ...findUnrecorded(ring, history, idOf),
      ...findLeftOut(ring, history, { ownership, idOf }),
      ...findWrongStates(ring, history, { health, idOf }),
      ...findWrongReceipts(ring, history, idOf),
    )
  }
  const extra = findExtraPushes(history, health)
  violations.push(
    ...findWrongPushes(history, rings),
    ...findWronglyPurged(history, ownership),
    ...findWronglyRefused(history),
    ...findUnregistered(history, ownership),
    ...findOverBudget(history, extra, health),
  )
  return { violations, possiblyTwice, extra, rings, owed }
}
