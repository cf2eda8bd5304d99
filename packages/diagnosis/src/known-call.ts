import type { CallRecord } from '@ringer/store'

/** A webhook of a session, as the ingress answered it. */
export interface ArrivedWebhook {
  /** Epoch ms. */
  receivedAt: number
  /** `ring`, `group`, `end`, `answer` or `chat`. */
  kind: string
  answer: 'queued' | 'duplicate'
}

/** A stored event that no worker has finished. */
export interface WaitingCall {
  kind: string
  /** Epoch ms. */
  receivedAt: number
  deadline: number
}

/** All that is known of a call when somebody asks. */
export interface KnownCall {
  /** Undefined if nothing is on record and nothing waits. */
  call: (CallRecord & { webhooks?: readonly ArrivedWebhook[]; waiting?: readonly WaitingCall[] }) | undefined
  /** The workers that are running, with the queues that they take jobs from. */
  workers: readonly { queues: readonly string[] }[]
  /** The last webhook that was refused, if one was: when (epoch ms), and why. */
  refusedWebhook?: { at: number; reason: string } | undefined
}
