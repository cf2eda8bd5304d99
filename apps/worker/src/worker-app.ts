import type { CometChatApi } from '@ringer/service'
import type { PushSender } from './pushes/push-sender.ts'

/** What a worker does for one CometChat app. */
export interface WorkerApp {
  /** One for each provider that is configured. */
  senders: readonly PushSender[]
  /** Undefined where no key to CometChat's REST API is configured. */
  listMembers?: CometChatApi['listMembers'] | undefined
  /** Whether the recipient's other Android phones are told that a call was taken (RINGER_STOP_OTHER_DEVICES). */
  stopOtherDevices: boolean
  /** Whether a call that nobody took is told of afterwards (RINGER_MISSED_CALL), and by which of the app's texts. */
  missedCall?: { localisationKey?: string | undefined } | undefined
  /** How long an ordinary notification is worth anything, ms. */
  alertMs: number
}

/** An app that this worker has no settings of: its devices' outcomes say so. */
export const unknownApp: WorkerApp = { senders: [], stopOtherDevices: false, alertMs: 0 }
