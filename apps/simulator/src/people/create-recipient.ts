import {
  buildJoinedWebhook,
  buildLeftWebhook,
  buildProviderCall,
  buildSignallingWebhook,
  buildStartedWebhook,
  createMessageIds,
  type WebhookAnswer,
} from '@ringer/fakes/cometchat'
import { closeCall, stopPhones } from '../calls/close-call.ts'
import { findCall, findRinging } from '../calls/find-call.ts'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/handset-state.ts'
import { reportAnswered } from '../phones/report-answered.ts'
import { type CallEntry, isGroup, type Member } from '../scene/call-entry.ts'
import { sourceOf } from '../scene/create-log.ts'
import { describeAnswer } from '../scene/describe-answer.ts'
import type { Scene } from '../scene/scene.ts'

/** What Bob and Carol do. Without `phone`, the first phone that rings acts. */
export interface Recipient {
  answer: (sessionId: string, phone?: PhoneId) => Promise<WebhookAnswer[]>
  reject: (sessionId: string, phone?: PhoneId) => Promise<WebhookAnswer[]>
  /** Leaves the call. A group call goes on for the other members; a call between two people ends. */
  leave: (sessionId: string, phone?: PhoneId) => Promise<WebhookAnswer[]>
}

export interface RecipientDeps {
  ingressUrl: string
  registrationKey?: string | undefined
  /** Ends the whole call. */
  hangUp: (sessionId: string) => Promise<WebhookAnswer[]>
}

/** Creates Bob and Carol, and sends the ingress what CometChat and their phones send when they act. */
export function createRecipient(scene: Scene, deps: RecipientDeps): Recipient {
  const nextMessageId = createMessageIds(scene.clock)
  return {
    answer: (sessionId, phone) => answer(scene, deps, sessionId, phone),
    reject: (sessionId, phone) => reject(scene, nextMessageId(), sessionId, phone),
    leave: (sessionId, phone) => leave(scene, deps, sessionId, phone),
  }
}

async function answer(scene: Scene, deps: RecipientDeps, sessionId: string, wanted: PhoneId | undefined) {
  const { entry, handset, member } = findRinging(scene, sessionId, wanted)
  const isFirst = entry.phase === 'ringing'
  const answered = { phase: 'answered', by: handset.id, answeredAt: scene.clock() } as const
  scene.phones.answer(handset.id, sessionId)
  Object.assign(member, answered satisfies Partial<Member>)
  if (isFirst) Object.assign(entry, answered satisfies Partial<CallEntry>)
  stopPhones(scene, entry, otherPhonesOf(scene, handset), 'ongoing')
  scene.changed()
  const [answers] = await Promise.all([
    sendJoinWebhooks(scene, entry, member, handset, isFirst),
    reportToRinger(scene, deps, sessionId, handset),
  ])
  return answers
}

async function reject(scene: Scene, messageId: string, sessionId: string, wanted: PhoneId | undefined) {
  const { entry, handset, member } = findRinging(scene, sessionId, wanted)
  scene.phones.stop(handset.id, sessionId, 'rejected', 'user')
  Object.assign(member, { phase: 'rejected', by: handset.id } satisfies Partial<Member>)
  const event = { action: 'rejected', messageId, at: scene.clock(), call: entry.call } as const
  if (!isGroup(entry)) {
    entry.by = handset.id
    closeCall(scene, entry, 'rejected')
    return scene.courier.deliver(entry, buildSignallingWebhook(event))
  }
  // CometChat has no webhook for a group member who declines; its push provider sends a request for each member.
  stopPhones(scene, entry, otherPhonesOf(scene, handset), 'rejected')
  scene.changed()
  const request = buildProviderCall({ ...event, to: member.person })
  return [await scene.courier.sendProviderRequest(request, `${member.person.name} declined`)]
}

async function leave(scene: Scene, deps: RecipientDeps, sessionId: string, phone: PhoneId | undefined) {
  const entry = findCall(scene, sessionId, 'answered')
  const member = entry.members.find(({ phase, by }) => phase === 'answered' && by === phone)
  if (!isGroup(entry) || phone === undefined || !member) return deps.hangUp(sessionId)
  member.phase = 'left'
  scene.phones.stop(phone, sessionId, 'ended', 'user')
  scene.changed()
  const { person, answeredAt: joinedAt = entry.call.initiatedAt } = member
  const presence = { person, joinedAt, leftAt: scene.clock() }
  const left = buildLeftWebhook({ session: entry.call, presence })
  const answers = await scene.courier.deliver(entry, left)
  // The call ends when no phone is connected to Alice or still ringing.
  return isOver(scene, entry) ? [...answers, ...(await deps.hangUp(sessionId))] : answers
}

const otherPhonesOf = ({ handsets }: Scene, { id, uid }: Handset) =>
  handsets.filter(other => other.uid === uid && other.id !== id)

const isOver = (scene: Scene, { phase, call }: CallEntry) =>
  phase === 'answered' &&
  scene.handsets.every(({ id }) => scene.phones.shows(id, call.sessionId) === undefined)

/**
 * Sends the webhooks for an answer. CometChat has no `call_accepted`: within one second the session starts, the caller
 * joins, and the person who answered joins.
 */
async function sendJoinWebhooks(
  scene: Scene,
  entry: CallEntry,
  member: Member,
  { platform }: Handset,
  isFirst: boolean,
) {
  const { call } = entry
  const at = member.answeredAt ?? scene.clock()
  const webhooks = [
    ...(isFirst
      ? [
          buildStartedWebhook({ session: call, at }),
          buildJoinedWebhook({ session: call, person: call.caller, at }),
        ]
      : []),
    buildJoinedWebhook({ session: call, person: member.person, at, platform }),
  ]
  const answers = await Promise.all(webhooks.map(webhook => scene.courier.deliver(entry, webhook)))
  return answers.flat()
}

/** Reports to Ringer which phone answered. Only the app can tell: CometChat does not distinguish two Android phones. */
async function reportToRinger(
  scene: Scene,
  deps: RecipientDeps,
  sessionId: string,
  handset: Handset,
): Promise<void> {
  const answer = await reportAnswered(handset, { ...deps, sessionId })
  scene.log.add(sourceOf(handset), `tells Ringer that it answered the call → ${describeAnswer(answer)}`)
  scene.changed()
}
