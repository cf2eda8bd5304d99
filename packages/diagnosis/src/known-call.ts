import type { CallRecord, RefusedWebhook } from '@ringer/store'

/** All that is known of a call when somebody asks. */
export interface KnownCall {
  /** Undefined if nothing is on record and nothing waits. */
  call: CallRecord | undefined
  /** The workers that are running, with the queues that they take jobs from. */
  workers: readonly { queues: readonly string[] }[]
  /** The last webhook that was refused for each reason, the newest first. */
  refusedWebhooks?: readonly RefusedWebhook[] | undefined
}
