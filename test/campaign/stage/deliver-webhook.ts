import { basic, sign } from '../../webhooks.ts'
import { login } from '../../world.ts'
import type { WebhookStep } from '../plan/plan.ts'
import { buildWebhook, toldTime } from './build-webhook.ts'
import { post, postUntilTaken } from './post.ts'
import type { Recorder } from './record-history.ts'
import type { Stage } from './start-stage.ts'

/** Delivers a webhook as CometChat does: what was not answered 200 comes again after 10 s. */
export async function deliverWebhook(
  step: WebhookStep,
  startedAt: number,
  stage: Stage,
  { recorded }: Recorder,
): Promise<void> {
  const { event, sessionId, dialect, ingress } = step
  const at = startedAt + step.eventAt
  const body = JSON.stringify(buildWebhook(step, at))
  const path = dialect === 'provider' ? '/providers/cometchat' : '/webhooks/cometchat'
  const headers: Record<string, string> =
    dialect === 'provider' ? { authorization: basic(login) } : { 'x-cometchat-signature': sign(body) }
  const send = () => post(`${stage.ingresses[ingress]?.url}${path}`, body, headers)
  const about = {
    ...{ kind: event.kind, sessionId, dialect, ingress },
    recipient: event.kind === 'answer' ? event.uid : event.recipient,
    action: event.kind === 'end' ? event.action : undefined,
    eventAt: toldTime(step, at),
  }
  const onTry = (posted: Awaited<ReturnType<typeof send>>) => recorded.webhooks.push({ ...about, ...posted })
  await postUntilTaken(send, { tries: 3, everyMs: 10_000, onTry })
}
