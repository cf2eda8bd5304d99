import {
  type apnsGroup,
  type BuiltBy,
  type callPolicyGroup,
  type cometchatAppGroup,
  createCometChatApi,
  type fcmGroup,
} from '@ringer/service'
import { createApnsSender } from './pushes/apns/create-apns-sender.ts'
import { createFcmSender } from './pushes/fcm/create-fcm-sender.ts'
import type { WorkerApp } from './worker-app.ts'

/** What a worker is told of one app. */
export interface WorkerAppConfig {
  app: BuiltBy<typeof cometchatAppGroup>
  policy: BuiltBy<typeof callPolicyGroup>
  apns: BuiltBy<typeof apnsGroup>
  fcm: BuiltBy<typeof fcmGroup>
}

/** Creates what serves one app: its ways to the providers, and to CometChat. */
export function createWorkerApp({ app, policy, apns, fcm }: WorkerAppConfig): WorkerApp {
  const { legacyPayload, ...rest } = policy
  return {
    senders: [
      apns && createApnsSender({ ...apns, legacyPayload }),
      fcm && createFcmSender({ ...fcm, legacyPayload }),
    ].filter(sender => sender !== undefined),
    listMembers: app.api && createCometChatApi(app.api).listMembers,
    ...rest,
  }
}
