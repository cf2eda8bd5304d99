import type { RedisTarget } from '../target.ts'
import { findTrouble } from './find-trouble.ts'

/**
 * Creates a function for readiness: it returns at once why Redis cannot be used, as it was found last, and looks again in the
 * background. Undefined if nothing was found yet, or if Redis answered.
 */
export function createTroubleReport(target: RedisTarget): () => string | undefined {
  let latest: string | undefined
  let isLooking = false
  return () => {
    if (!isLooking) {
      isLooking = true
      void findTrouble(target)
        .catch(() => undefined)
        .then(found => {
          latest = found
          isLooking = false
        })
    }
    return latest
  }
}
