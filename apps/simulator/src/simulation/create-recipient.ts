import {
  buildCallStartedWebhook,
  buildParticipantJoinedWebhook,
  buildSignallingWebhook,
  createMessageIds,
  type WebhookAnswer,
} from '../cometchat.ts'
import { type PhoneId, phoneIds } from '../phones/phone-state.ts'
import type { CallEntry } from './call-entry.ts'
import { closeCall, findCall } from './close-call.ts'
import { Refusal } from './refusal.ts'
import type { Scene } from './scene.ts'

export type Recipient = {
  /** On the given phone, or on the first that rings. */
  answer: (sessionId: string, phone?: PhoneId) => Promise<WebhookAnswer[]>
  reject: (sessionId: string, phone?: PhoneId) => Promise<WebhookAnswer[]>
}

/** Bob, and what CometChat tells the ingress of what he does. */
export function createRecipient(scene: Scene): Recipient {
  const nextMessageId = createMessageIds(scene.clock)

  return {
    answer: async (sessionId, wanted) => {
      const entry = findCall(scene, sessionId, 'ringing')
      const phone = ringingPhone(scene, sessionId, wanted)
      scene.phones.answer(phone, sessionId)
      entry.phase = 'answered'
      entry.by = phone
      entry.answeredAt = scene.clock()
      if (phone === 'android' && scene.phones.stop('iphone', sessionId, 'ongoing', 'connection')) {
        scene.log.add('iPhone', 'stops: answered on Android, heard over CometChat’s own connection')
      }
      scene.changed()
      return joinBoth(scene, entry, entry.answeredAt)
    },
    reject: (sessionId, wanted) => {
      const entry = findCall(scene, sessionId, 'ringing')
      const phone = ringingPhone(scene, sessionId, wanted)
      scene.phones.stop(phone, sessionId, 'rejected', 'user')
      entry.by = phone
      closeCall(scene, entry, 'rejected')
      const event = { action: 'rejected' as const, messageId: nextMessageId(), at: scene.clock() }
      return scene.courier.deliver(entry, buildSignallingWebhook({ ...event, call: entry.call }))
    },
  }
}

/** CometChat has no `call_accepted`: the session starts, the caller joins, then the recipient, all in one second. */
async function joinBoth(scene: Scene, entry: CallEntry, at: number): Promise<WebhookAnswer[]> {
  const { call } = entry
  const webhooks = [
    buildCallStartedWebhook({ call, at }),
    buildParticipantJoinedWebhook({ call, person: call.caller, at }),
    buildParticipantJoinedWebhook({ call, person: call.recipient, at }),
  ]
  const answers = await Promise.all(webhooks.map(webhook => scene.courier.deliver(entry, webhook)))
  return answers.flat()
}

function ringingPhone(scene: Scene, sessionId: string, wanted: PhoneId | undefined): PhoneId {
  const rings = (phone: PhoneId) => {
    const state = scene.phones.state(phone)
    return state.status === 'ringing' && state.call.sessionId === sessionId
  }
  const phone = wanted ? [wanted].find(rings) : phoneIds.find(rings)
  if (phone) return phone
  throw new Refusal(
    409,
    'phone_not_ringing',
    `${wanted ?? 'no phone'} ${wanted ? 'does not ring' : 'rings'} for this call`,
  )
}
