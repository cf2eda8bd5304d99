import { type Finding, fail, type SetupCheck } from '@ringer/service'
import { NoAccessTokenError } from './access-token.ts'
import { classifyResponse } from './classify-response.ts'
import { createClient } from './create-client.ts'
import { explainDryRun, explainNoToken, NEW_KEY } from './explain-account.ts'
import type { FcmSettings } from './fcm-settings.ts'
import { sendOnce } from './send-once.ts'

/** Google's registration tokens contain neither slashes nor spaces, so no phone has this one. */
const IMPOSSIBLE_TOKEN = 'ringer doctor / no such phone'

/**
 * Checks Firebase's service account: Google grants an access token for it, and with that a dry run, which delivers nothing, to a
 * token that no phone has. Google reads the permissions first, then refuses the token with INVALID_ARGUMENT.
 */
export function checkFcmAccount(
  settings: FcmSettings,
  clock: () => number,
  proxyUrl?: string,
): readonly SetupCheck[] {
  return [{ name: 'service account', run: signal => checkServiceAccount(settings, signal, clock, proxyUrl) }]
}

async function checkServiceAccount(
  settings: FcmSettings,
  signal: AbortSignal,
  clock: () => number,
  proxyUrl: string | undefined,
): Promise<Finding> {
  const client = createClient(settings, clock, { proxyUrl })
  try {
    await client.accessTokens.getAccessToken()
    const seat = await client.agent.seat()
    if (seat.kind === 'notConnected')
      return explainDryRun(
        classifyResponse({ kind: 'broken', by: 'firebase-admin', code: seat.code }),
        settings,
      )
    const departure = sendOnce(client, { token: IMPOSSIBLE_TOKEN }, seat, clock, { dryRun: true })
    signal.addEventListener('abort', departure.cancel, { once: true })
    return explainDryRun(classifyResponse(await departure.answer), settings)
  } catch (error) {
    if (error instanceof NoAccessTokenError) return explainNoToken(error)
    // jose's error says what is wrong with the key, and may quote it.
    return fail('the private key of the service account cannot sign', NEW_KEY)
  } finally {
    await client.close()
  }
}
