import { DUPLICATE_WINDOW_MS } from '../queues/create-call-queue.ts'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { runScript } from '../redis/run-script.ts'
import { recipientId } from './create-ring-changes.ts'
import { ADMIT_ANSWER } from './scripts/early-answers.ts'

/**
 * How many reports a user may make within ten minutes about calls that did not ring them, or not yet. Each leaves a marker for ten
 * minutes, so a user has at most twice as many markers at once. Nobody answers more calls before they ring.
 */
export const EARLY_ANSWERS = 5

/** Decides which reports of an app that a user answered are stored, so that reports about made-up sessions do not fill Redis. */
export interface AnswerReports {
  /**
   * Returns true if the session rang this user within a day. Otherwise the report may have overtaken its call: CometChat's SDK rings
   * an open app before the webhook arrives. Returns true for a few of those, and counts them.
   */
  admit(appId: string, sessionId: string, uid: string): Promise<boolean>
}

export function createAnswerReports(redis: RedisClient, keys: Keys): AnswerReports {
  return {
    async admit(appId, sessionId, uid) {
      const id = recipientId(appId, sessionId, uid)
      const admitted = await runScript(
        redis,
        ADMIT_ANSWER,
        [keys.ring(id), keys.announced(id), keys.earlyAnswers(appId, uid)],
        [EARLY_ANSWERS, DUPLICATE_WINDOW_MS],
      )
      return admitted === 1
    },
  }
}
