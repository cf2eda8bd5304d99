import type { StandInCredentials } from '@ringer/fakes'
import { RING_MS } from './calls.ts'

/** With it the load generator signs its webhooks, and Ringer and the bare servers check them. */
export const SECRET = 'orchard-lantern-copper'

/** The settings of an ingress, beyond those that all processes share. */
export const ingressSettings: Record<string, string> = {
  HOST: '127.0.0.1',
  PORT: '0',
  COMETCHAT_WEBHOOK_SECRET: SECRET,
  RINGER_RING_SECONDS: String(RING_MS / 1_000),
  RINGER_BUDGETS: 'off',
}

/** The settings of a worker, beyond those that all processes share. */
export function workerSettings(
  { apns, fcm }: StandInCredentials,
  { apnsPort, fcmPort }: { apnsPort: number; fcmPort: number },
  caPath: string,
): Record<string, string> {
  return {
    RINGER_BUDGETS: 'off',
    APNS_KEY: apns.privateKey,
    APNS_KEY_ID: apns.keyId,
    APNS_TEAM_ID: apns.teamId,
    APNS_BUNDLE_ID: apns.bundleId,
    APNS_PRODUCTION_URL: `https://localhost:${apnsPort}`,
    APNS_SANDBOX_URL: `https://localhost:${apnsPort}`,
    APNS_CA_PATH: caPath,
    FIREBASE_PROJECT_ID: fcm.projectId,
    FIREBASE_CLIENT_EMAIL: fcm.clientEmail,
    FIREBASE_PRIVATE_KEY: fcm.privateKey,
    FCM_URL: `https://localhost:${fcmPort}`,
    FCM_TOKEN_URL: `https://localhost:${fcmPort}/token`,
    FCM_CA_PATH: caPath,
  }
}
