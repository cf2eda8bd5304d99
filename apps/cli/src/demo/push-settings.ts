import type { ReceivedPush, StandInCredentials } from '@ringer/fakes'
import type { StandIns } from '@ringer/simulator/stand-ins'

/**
 * Each worker reaches the stand-in for Apple by its own host name, so that a push shows which worker sent it. Both names are
 * in the stand-in's certificate.
 */
const appleByWorker: Readonly<Record<string, string>> = {
  'worker-1': '127.0.0.1',
  'worker-2': 'localhost',
}

export const workerIds: readonly string[] = Object.keys(appleByWorker)

/** The worker that sent this push to Apple's stand-in. */
export function senderOf({ headers }: ReceivedPush): string | undefined {
  const [name] = headers[':authority']?.split(':') ?? []
  return workerIds.find(id => appleByWorker[id] === name)
}

/** The settings with which an ingress tells browsers how to subscribe, and takes subscriptions at the stand-in for push services. */
export const ingressPushSettings = ({ vapid }: StandInCredentials) => ({
  VAPID_PUBLIC_KEY: vapid.publicKey,
  WEBPUSH_ENDPOINT_HOSTS: '127.0.0.1',
})

/**
 * The settings with which a worker uses the stand-ins for Apple, Google, push services and CometChat, and does everything that the page can
 * show.
 *
 * @param ca the path of the stand-ins' certificate
 */
export function pushSettings(
  { credentials, apns, fcm, cometchat }: Pick<StandIns, 'credentials' | 'apns' | 'fcm' | 'cometchat'>,
  ca: string,
  workerId: string,
): Record<string, string> {
  const apple = new URL(apns.url)
  apple.hostname = appleByWorker[workerId] ?? apple.hostname
  return {
    APNS_KEY: credentials.apns.privateKey,
    APNS_KEY_ID: credentials.apns.keyId,
    APNS_TEAM_ID: credentials.apns.teamId,
    APNS_BUNDLE_ID: credentials.apns.bundleId,
    APNS_PRODUCTION_URL: apple.origin,
    APNS_SANDBOX_URL: apple.origin,
    APNS_CA_PATH: ca,
    FIREBASE_PROJECT_ID: credentials.fcm.projectId,
    FIREBASE_CLIENT_EMAIL: credentials.fcm.clientEmail,
    FIREBASE_PRIVATE_KEY: credentials.fcm.privateKey,
    FCM_URL: fcm.url,
    FCM_TOKEN_URL: fcm.tokenUrl,
    FCM_CA_PATH: ca,
    ...ingressPushSettings(credentials),
    VAPID_PRIVATE_KEY: credentials.vapid.privateKey,
    VAPID_SUBJECT: credentials.vapid.subject,
    WEBPUSH_CA_PATH: ca,
    COMETCHAT_API_URL: cometchat.url,
    COMETCHAT_API_KEY: cometchat.apiKey,
    // Node trusts the certificate of the real CometChat API, but not that of the stand-in.
    NODE_EXTRA_CA_CERTS: ca,
    RINGER_MISSED_CALL: 'true',
    RINGER_STOP_OTHER_DEVICES: 'true',
  }
}
