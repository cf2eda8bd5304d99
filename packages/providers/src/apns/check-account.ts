import apn from '@parse/node-apn'
import { type Finding, fail, ok, type SetupCheck, warn } from '@ringer/service'
import type { Environment } from '@ringer/store'
import { type ApnsAnswer, classifyResponse } from './classify-response.ts'
import { createIdentities } from './create-identities.ts'
import { explainProbe } from './explain-probe.ts'
import type { ApnsAccount } from './session/open-node-apn.ts'
import { openSession } from './session/open-session.ts'
import type { ApnsSettings } from './settings/apns-settings.ts'
import type { ApnsCertificate } from './settings/certificate.ts'

/** No phone has this token. Apple reads the credentials and the topic first, then refuses it with BadDeviceToken. */
const IMPOSSIBLE_TOKEN = '0'.repeat(64)

const DAY_MS = 86_400_000
/** Leaves enough time for the person who is allowed to request a new certificate. */
const SOON_MS = 30 * DAY_MS

/**
 * Checks the account at Apple by a push to a token that no phone has, in both environments, because a key may be valid in one of
 * them only. All pushes of one run carry the same provider token: Apple refuses tokens that change too often.
 */
export function checkApnsAccount(
  settings: ApnsSettings,
  clock: () => number,
  proxyUrl?: string,
): readonly SetupCheck[] {
  const { auth } = settings
  const identities = createIdentities(settings, clock)
  const inEnvironment = (environment: Environment): SetupCheck => ({
    name: environment,
    async run(signal) {
      const { ca, urls } = settings
      const production = environment === 'production'
      const account = { identity: identities[environment], ca, url: urls[environment], production, proxyUrl }
      const outcome = classifyResponse(await probe(account, settings.bundleId, signal, clock))
      return explainProbe(outcome, { environment, settings })
    },
  })
  const ofCertificate: SetupCheck[] =
    auth.kind === 'certificate' ? [{ name: 'certificate', run: async () => checkExpiry(auth, clock()) }] : []
  return [...ofCertificate, inEnvironment('production'), inEnvironment('sandbox')]
}

function checkExpiry({ expiresAt }: ApnsCertificate, now: number): Finding {
  const day = new Date(expiresAt).toISOString().slice(0, 10)
  const renewal = "request a new one in Apple's developer account and set APNS_CERT_PATH to it"
  if (expiresAt <= now) return fail(`the certificate expired on ${day}: no iPhone rings`, renewal)
  if (expiresAt - now < SOON_MS) return warn(`the certificate expires on ${day}`, renewal)
  return ok(`the certificate is valid until ${day}`)
}

/** Sends the push over a session of its own. Gives up when the signal says so. */
async function probe(
  account: ApnsAccount,
  bundleId: string,
  signal: AbortSignal,
  clock: () => number,
): Promise<ApnsAnswer> {
  const session = openSession(account, clock, { onOver() {}, onRoom() {} })
  try {
    const opened = await session.opened
    if (opened !== true) return opened
    const departure = session.reserve().send(buildProbe(bundleId), IMPOSSIBLE_TOKEN)
    if ('kind' in departure) return departure
    signal.addEventListener('abort', departure.cancel, { once: true })
    return await departure.answer
  } finally {
    void session.end()
  }
}

/** Has the headers of a ring, and a body without a call. Apple must not store it either. */
function buildProbe(bundleId: string): apn.Notification {
  const notification = new apn.Notification()
  notification.topic = `${bundleId}.voip`
  notification.pushType = 'voip'
  notification.priority = 10
  notification.expiry = 0
  notification.rawPayload = { aps: {} }
  return notification
}
