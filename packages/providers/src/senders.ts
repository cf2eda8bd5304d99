import { apns } from './apns/apns.ts'
import { checkApnsAccount } from './apns/check-account.ts'
import { createApnsSender } from './apns/create-sender.ts'
import type { ApnsSettings } from './apns/settings/apns-settings.ts'
import { watchCertificate } from './apns/watch-certificate.ts'
import { checkFcmAccount } from './fcm/check-account.ts'
import { createFcmSender } from './fcm/create-sender.ts'
import { fcm } from './fcm/fcm.ts'
import type { SendingProvider } from './provider.ts'
import { createWebPushSender } from './webpush/create-sender.ts'
import { pushServices } from './webpush/push-services.ts'
import { createWebpush } from './webpush/webpush.ts'

export type { CredentialWatch, Endpoint, SenderContext, SendingProvider } from './provider.ts'
export { type Outcome, type Retryable, type Withheld, withheld } from './sending/outcome.ts'
export type {
  Commit,
  OutgoingAlert,
  OutgoingPush,
  OutgoingRing,
  OutgoingStop,
  PushSender,
} from './sending/push-sender.ts'
export { noReports, type SenderReports } from './sending/sender-reports.ts'
export { createVapidKeys } from './webpush/create-vapid-keys.ts'

/** Checks that a provider and its sender agree on the type of the settings, then hides that type from the list. */
const sending = <Settings>(provider: SendingProvider<Settings>) => provider as SendingProvider

/** All providers with their senders: for workers. Loads node-apn, firebase-admin and web-push. */
export const sendingProviders: readonly SendingProvider[] = [
  sending({
    ...apns,
    createSender: createApnsSender,
    watchCredentials: watchCertificate,
    endpoints: ({ urls, ca }: ApnsSettings) => [
      { url: urls.production, ca, isHttp2: true },
      { url: urls.sandbox, ca, isHttp2: true },
    ],
    checkAccount: checkApnsAccount,
  }),
  sending({
    ...fcm,
    createSender: createFcmSender,
    endpoints: ({ url, tokenUrl, ca }) => [
      { url, ca },
      { url: tokenUrl, ca },
    ],
    checkAccount: checkFcmAccount,
  }),
  sending({
    ...createWebpush(),
    createSender: createWebPushSender,
    endpoints: () => pushServices,
  }),
]
