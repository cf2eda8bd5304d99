import type { CallRecord, RefusedWebhook } from '@ringer/store'

/** A worker that is running: the queues that it takes jobs from, and those that it leaves to others for now. */
export interface KnownWorker {
  queues: readonly string[]
  leaves?: readonly string[]
}

/** All that is known of a call when somebody asks. */
export interface KnownCall {
  /** Undefined if nothing is on record and nothing waits. */
  call: CallRecord | undefined
  workers: readonly KnownWorker[]
  /** The last webhook that was refused for each reason, the newest first. */
  refusedWebhooks?: readonly RefusedWebhook[] | undefined
}
