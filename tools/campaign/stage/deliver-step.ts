import { deliverWithRetries, type WebhookAnswer } from '@ringer/fakes/cometchat'
import type { SentWebhook } from '../history.ts'
import type { WebhookStep } from '../plan/plan.ts'
import { buildStepWebhook, timeInWebhook } from './build-step-webhook.ts'
import type { Recorder } from './record-history.ts'
import { type CampaignStage, LOGIN, SECRET } from './start-campaign-stage.ts'

/** Delivers a webhook as CometChat does, and records every attempt. Resolves after the last one. */
export async function deliverStep(
  step: WebhookStep,
  startedAt: number,
  stage: CampaignStage,
  { recorded }: Recorder,
): Promise<void> {
  const { event, sessionId, dialect, ingress, caller, group } = step
  const at = startedAt + step.eventAt
  const path = dialect === 'provider' ? '/providers/cometchat' : '/webhooks/cometchat'
  const about = {
    ...{ sessionId, dialect, ingress, caller, group },
    kind: event.kind === 'group' ? ('ring' as const) : event.kind,
    action: event.kind === 'end' ? event.action : undefined,
    eventAt: timeInWebhook(step, at),
  }
  await deliverWithRetries({
    url: `${stage.ingresses[ingress]?.url}${path}`,
    body: buildStepWebhook(step, at),
    ...(dialect === 'provider' ? LOGIN : { secret: SECRET }),
    onAnswer: answer => {
      for (const recipient of recipientsOf(event)) {
        recorded.webhooks.push({ ...about, recipient, ...sentOf(answer) })
      }
    },
  }).last
}

/** Whose rings a webhook concerns. undefined: all of the session's. */
function recipientsOf(event: WebhookStep['event']): readonly (string | undefined)[] {
  if (event.kind === 'group') return event.members
  return [event.kind === 'answer' ? event.uid : event.recipient]
}

function sentOf({
  status,
  body,
  ms,
  sentAt,
}: WebhookAnswer): Pick<SentWebhook, 'sentAt' | 'answeredAt' | 'status' | 'answer'> {
  const answeredAt = sentAt + Math.ceil(ms)
  if (status === 0) return { sentAt, answeredAt }
  const { status: word, error } = body as { status?: string; error?: { code: string } }
  return { sentAt, answeredAt, status, answer: word ?? error?.code ?? 'unknown' }
}
