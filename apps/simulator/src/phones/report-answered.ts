import type { WebhookAnswer } from '../cometchat.ts'
import type { Handset } from './handset.ts'

/**
 * Says on which phone a call was taken, as an app does: CometChat says only that its user joined. With it Ringer can tell
 * the user's other phones. Never throws: no answer is an answer too.
 */
export async function reportAnswered(
  { uid, token }: Handset,
  {
    ingressUrl,
    registrationKey,
    sessionId,
  }: { ingressUrl: string; registrationKey?: string | undefined; sessionId: string },
): Promise<WebhookAnswer> {
  const sentAt = Date.now()
  const after = () => Date.now() - sentAt
  try {
    const response = await fetch(new URL('/api/push/answered', ingressUrl), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(registrationKey === undefined ? {} : { authorization: `Bearer ${registrationKey}` }),
      },
      body: JSON.stringify({ uid, sessionId, token }),
      signal: AbortSignal.timeout(2_000),
    })
    const body: unknown = await response.json().catch(() => undefined)
    return { status: response.status, body, ms: after(), sentAt }
  } catch {
    return { status: 0, body: `the ingress at ${ingressUrl} does not answer`, ms: after(), sentAt }
  }
}
