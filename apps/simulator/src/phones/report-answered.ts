import type { WebhookAnswer } from '@ringer/fakes/cometchat'
import type { Handset } from './handset.ts'

/**
 * Reports on which phone a call was answered, as an app does. CometChat only says that the user joined; with the report,
 * Ringer can stop the user's other phones. Never throws: a missing answer is a value too.
 */
export async function reportAnswered(
  handset: Handset,
  {
    ingressUrl,
    registrationKey,
    sessionId,
  }: { ingressUrl: string; registrationKey?: string | undefined; sessionId: string },
): Promise<WebhookAnswer> {
  const sentAt = Date.now()
  const elapsed = () => Date.now() - sentAt
  try {
    const response = await fetch(new URL('/api/push/answered', ingressUrl), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(registrationKey === undefined ? {} : { authorization: `Bearer ${registrationKey}` }),
      },
      body: JSON.stringify({ uid: handset.uid, sessionId, ...nameOf(handset) }),
      signal: AbortSignal.timeout(2_000),
    })
    const body: unknown = await response.json().catch(() => undefined)
    return { status: response.status, body, ms: elapsed(), sentAt }
  } catch {
    return { status: 0, body: `the ingress at ${ingressUrl} does not answer`, ms: elapsed(), sentAt }
  }
}

/** How the app names the phone: a subscription is too long for that. */
const nameOf = (handset: Handset) =>
  handset.platform === 'web' ? { deviceId: handset.deviceId } : { token: handset.token }
