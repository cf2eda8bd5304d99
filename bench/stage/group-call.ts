import { buildSignallingWebhook, type Webhook } from '@ringer/fakes/cometchat'
import type { DeviceRegistration } from '@ringer/store'
import { APP_ID, tokenOf, users } from './calls.ts'

/** The group that is called. Its members are all users of the bench. */
export const GROUP = 'everybody'

export const iphoneOf = (uid: string): string => tokenOf(uid)
export const androidOf = (uid: string): string => `android-${tokenOf(uid, 1)}`

/** The tokens of a user's two phones. */
export const twoPhonesOf = (uid: string): string[] => [iphoneOf(uid), androidOf(uid)]

/** Each member's iPhone and Android phone. */
export const groupPhones = (): DeviceRegistration[] =>
  users.flatMap(uid => [
    {
      ...{ appId: APP_ID, uid, platform: 'ios', kind: 'voip', token: iphoneOf(uid) },
      environment: 'production',
    },
    { appId: APP_ID, uid, platform: 'android', kind: 'both', token: androidOf(uid) },
  ])

/** Builds the webhook that announces a call to the group. */
export function groupWebhookOf(sessionId: string, at: number): Webhook {
  const call = {
    ...{ appId: 'bench', region: 'eu', webhookId: 'ringer-calls', sessionId, callType: 'video' as const },
    caller: { uid: 'caller', name: 'Alice Example' },
    callee: { uid: GROUP, name: 'Everybody' },
    ...{ receiverType: 'group' as const, initiatedAt: at },
  }
  return buildSignallingWebhook({ action: 'initiated', call, messageId: 'group', at })
}
