import {
  buildCallStartedWebhook,
  buildParticipantJoinedWebhook,
  buildParticipantLeftWebhook,
  buildProviderCall,
  buildSignallingWebhook,
  createMessageIds,
  type WebhookAnswer,
} from '../cometchat.ts'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/phone-state.ts'
import { reportAnswered } from '../phones/report-answered.ts'
import { type CallEntry, isGroup, type Member } from './call-entry.ts'
import { closeCall, findCall, quieten } from './close-call.ts'
import { describeAnswer } from './describe-answer.ts'
import { findRinging } from './find-ringing.ts'
import { sourceOf } from './handset-of.ts'
import type { Scene } from './scene.ts'

export type Recipient = {
  /** On the given phone, or on the first that rings. */
  answer: (sessionId: string, phone?: PhoneId) => Promise<WebhookAnswer[]>
  reject: (sessionId: string, phone?: PhoneId) => Promise<WebhookAnswer[]>
  /** A member of a group goes, and the others talk on; the call of two is over. */
  leave: (sessionId: string, phone?: PhoneId) => Promise<WebhookAnswer[]>
}

export type RecipientDeps = {
  ingressUrl: string
  registrationKey?: string | undefined
  /** Ends the whole call. */
  hangUp: (sessionId: string) => Promise<WebhookAnswer[]>
}

/** Bob and Carol, and what CometChat and their phones tell the ingress of what they do. */
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
  const first = entry.phase === 'ringing'
  const taken = { phase: 'answered', by: handset.id, answeredAt: scene.clock() } as const
  scene.phones.answer(handset.id, sessionId)
  Object.assign(member, taken satisfies Partial<Member>)
  if (first) Object.assign(entry, taken satisfies Partial<CallEntry>)
  quieten(scene, entry, othersOf(scene, handset), 'ongoing')
  scene.changed()
  const [answers] = await Promise.all([
    join(scene, entry, member, handset, first),
    report(scene, deps, sessionId, handset),
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
  // No webhook says that one of a group declined; the push provider has a request for each member.
  quieten(scene, entry, othersOf(scene, handset), 'rejected')
  scene.changed()
  const request = buildProviderCall({ ...event, to: member.person })
  return [await scene.courier.provide(request, `${member.person.name} declined`)]
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
  const left = buildParticipantLeftWebhook({ call: entry.call, presence })
  const answers = await scene.courier.deliver(entry, left)
  // Nobody talks to Alice any more, nor is about to.
  return isOver(scene, entry) ? [...answers, ...(await deps.hangUp(sessionId))] : answers
}

const othersOf = ({ handsets }: Scene, { id, uid }: Handset) =>
  handsets.filter(other => other.uid === uid && other.id !== id)

const isOver = (scene: Scene, { phase, call }: CallEntry) =>
  phase === 'answered' &&
  scene.handsets.every(({ id }) => scene.phones.shows(id, call.sessionId) === undefined)

/** CometChat has no `call_accepted`: the session starts, the caller joins, then who answered, all in one second. */
async function join(scene: Scene, entry: CallEntry, member: Member, { platform }: Handset, first: boolean) {
  const { call } = entry
  const at = member.answeredAt ?? scene.clock()
  const webhooks = [
    ...(first
      ? [
          buildCallStartedWebhook({ call, at }),
          buildParticipantJoinedWebhook({ call, person: call.caller, at }),
        ]
      : []),
    buildParticipantJoinedWebhook({ call, person: member.person, at, platform }),
  ]
  const answers = await Promise.all(webhooks.map(webhook => scene.courier.deliver(entry, webhook)))
  return answers.flat()
}

/** Of two Android phones only the app can say which one it was. */
async function report(scene: Scene, deps: RecipientDeps, sessionId: string, handset: Handset): Promise<void> {
  const answer = await reportAnswered(handset, { ...deps, sessionId })
  scene.log.add(sourceOf(handset), `tells Ringer that it took the call → ${describeAnswer(answer)}`)
  scene.changed()
}
