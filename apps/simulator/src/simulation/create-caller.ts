import type { CallType } from '@ringer/payloads'
import {
  buildCallEndedWebhook,
  buildSignallingWebhook,
  createMessageIds,
  createSessionId,
  type WebhookAnswer,
} from '../cometchat.ts'
import type { CallEntry } from './call-entry.ts'
import { isLive } from './call-entry.ts'
import { closeCall, findCall } from './close-call.ts'
import { alice, bob, chessClub } from './people.ts'
import { Refusal } from './refusal.ts'
import type { Scene } from './scene.ts'

/** Whom Alice can call. */
export const callees = ['bob', 'group'] as const

export type CallOrder = {
  to: (typeof callees)[number]
  callType: CallType
  deliveries: number
  concurrently: boolean
}

export type Caller = {
  place: (order: CallOrder) => Promise<{ sessionId: string; answers: WebhookAnswer[] }>
  cancel: (sessionId: string) => Promise<WebhookAnswer[]>
  giveUp: (sessionId: string) => Promise<WebhookAnswer[]>
  hangUp: (sessionId: string) => Promise<WebhookAnswer[]>
  close: () => void
}

/** Alice, and what CometChat tells the ingress of her calls. */
export function createCaller(scene: Scene): Caller {
  const nextMessageId = createMessageIds(scene.clock)
  let patience: NodeJS.Timeout | undefined

  const stopCalling = (sessionId: string, action: 'cancelled' | 'unanswered') => {
    const entry = findCall(scene, sessionId, 'ringing')
    clearTimeout(patience)
    closeCall(scene, entry, action)
    const event = { action, call: entry.call, messageId: nextMessageId(), at: scene.clock() }
    return scene.courier.deliver(entry, buildSignallingWebhook(event))
  }
  const giveUp = (sessionId: string) => stopCalling(sessionId, 'unanswered')

  return {
    place: async ({ to, callType, deliveries, concurrently }) => {
      const running = scene.book.newest()
      if (running && isLive(running)) {
        throw new Refusal(409, 'call_in_progress', `${alice.name} is in a call: hang up first`)
      }
      const entry = openCall(scene, to, callType)
      const { call } = entry
      const event = { action: 'initiated' as const, call, messageId: nextMessageId(), at: call.initiatedAt }
      // A caller's app lets it ring for a time of its own choosing; this one waits as long as a ring lives.
      patience = setTimeout(() => void giveUpQuietly(giveUp, entry), scene.ringSeconds * 1000)
      scene.changed()
      const copies = { times: deliveries, concurrently }
      const answers = await scene.courier.deliver(entry, buildSignallingWebhook(event), copies)
      return { sessionId: call.sessionId, answers }
    },
    cancel: sessionId => stopCalling(sessionId, 'cancelled'),
    giveUp,
    hangUp: sessionId => {
      const entry = findCall(scene, sessionId, 'answered')
      closeCall(scene, entry, 'ended')
      const { call, members, answeredAt = call.initiatedAt } = entry
      const presences = [
        { person: call.caller, joinedAt: answeredAt },
        ...members.flatMap(({ person, answeredAt: joinedAt }) => (joinedAt ? [{ person, joinedAt }] : [])),
      ]
      return scene.courier.deliver(entry, buildCallEndedWebhook({ call, presences, at: scene.clock() }))
    },
    close: () => clearTimeout(patience),
  }
}

function openCall(scene: Scene, to: CallOrder['to'], callType: CallType): CallEntry {
  return scene.book.open(
    {
      appId: scene.appId,
      region: 'us',
      webhookId: 'ringersimulator',
      sessionId: createSessionId(),
      callType,
      caller: alice,
      ...(to === 'group'
        ? { recipient: { uid: chessClub.uid, name: chessClub.name }, receiverType: 'group' }
        : { recipient: bob }),
      initiatedAt: scene.clock(),
    },
    true,
  )
}

async function giveUpQuietly(giveUp: Caller['giveUp'], entry: CallEntry): Promise<void> {
  if (entry.phase === 'ringing') await giveUp(entry.call.sessionId)
}
