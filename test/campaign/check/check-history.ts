import { deviceIdOf } from '@ringer/store'
import type { History } from '../history.ts'
import { findAfterEnd } from './find-after-end.ts'
import { findDoubled, type PossiblyTwice } from './find-doubled.ts'
import { findLate } from './find-late.ts'
import { findLost } from './find-lost.ts'
import { findUnrecorded } from './find-unrecorded.ts'
import { findUntold } from './find-untold.ts'
import { findWrongPhones, findWrongPushes } from './find-wrong.ts'
import { findLeftOut, findWronglyPurged } from './find-wrongly-purged.ts'
import { createHealth } from './health.ts'
import { createOwnership } from './ownership.ts'
import { collectRings, type Ring } from './rings.ts'
import type { Violation } from './violation.ts'

/** What a campaign came to. */
export interface Verdict {
  violations: Violation[]
  /** Rung twice where that could not be helped. */
  possiblyTwice: PossiblyTwice[]
  rings: Ring[]
  /** How many phones were owed a ring, over all rings: what `lost` was looked for among. */
  owed: number
}

/** Without COMETCHAT_APP_ID there is one app. */
const APP_ID = 'default'

const idOf = (token: string) => deviceIdOf(APP_ID, token)

/** Holds a campaign's history against what Ringer promises. Pure: it knows nothing but the history. */
export function checkHistory(history: History): Verdict {
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
      ...findUntold(ring, history, { health, ownership }),
      ...findWrongPhones(ring, health, ownership),
      ...findUnrecorded(ring, history, idOf),
      ...findLeftOut(ring, history, { ownership, idOf }),
    )
  }
  violations.push(...findWrongPushes(history, rings), ...findWronglyPurged(history, ownership))
  return { violations, possiblyTwice, rings, owed }
}
