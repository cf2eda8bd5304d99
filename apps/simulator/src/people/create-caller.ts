import {
  buildEndedWebhook,
  buildSignallingWebhook,
  createMessageIds,
  createSessionId,
  type WebhookAnswer,
} from '@ringer/fakes/cometchat'
import type { CallType } from '@ringer/payloads'
import { closeCall } from '../calls/close-call.ts'
import { findCall } from '../calls/find-call.ts'
import { Refusal } from '../refusal.ts'
import { type CallEntry, isLive } from '../scene/call-entry.ts'
import { alice, bob, chessClub } from '../scene/people.ts'
import type { Scene } from '../scene/scene.ts'

/** Who Alice can call. */
export const CALLEES = ['bob', 'group'] as const

export interface CallOrder {
  to: (typeof CALLEES)[number]
  callType: CallType
  /** How often the webhook is delivered. */
  deliveries: number
  /** Whether all deliveries start at once. */
  concurrently: boolean
}

/** What Alice does. Each action resolves with the ingress's answers to the webhooks that it caused. */
export interface Caller {
  place: (order: CallOrder) => Promise<{ sessionId: string; answers: WebhookAnswer[] }>
  cancel: (sessionId: string) => Promise<WebhookAnswer[]>
  giveUp: (sessionId: string) => Promise<WebhookAnswer[]>
  hangUp: (sessionId: string) => Promise<WebhookAnswer[]>
  close: () => void
}

/** Creates Alice, and sends the webhooks that CometChat sends for her calls. */
export function createCaller(scene: Scene): Caller {
  const nextMessageId = createMessageIds(scene.clock)
  let giveUpTimer: NodeJS.Timeout | undefined

  const stopCalling = (sessionId: string, action: 'cancelled' | 'unanswered') => {
    const entry = findCall(scene, sessionId, 'ringing')
    clearTimeout(giveUpTimer)
    closeCall(scene, entry, action)
    const event = { action, call: entry.call, messageId: nextMessageId(), at: scene.clock() }
    return scene.courier.deliver(entry, buildSignallingWebhook(event))
  }
  const giveUp = (sessionId: string) => stopCalling(sessionId, 'unanswered')

  return {
    place: async ({ to, callType, deliveries, concurrently }) => {
      const running = scene.book.newest()
      if (running && isLive(running)) {
        throw new Refusal(409, 'call_in_progress', `${alice.name} is already in a call: hang up first`)
      }
      const entry = openCall(scene, to, callType)
      const { call } = entry
      const event = { action: 'initiated' as const, call, messageId: nextMessageId(), at: call.initiatedAt }
      // CometChat leaves it to the caller's app when to give up. Here that is when the ring expires.
      giveUpTimer = setTimeout(() => void giveUpIfRinging(giveUp, entry), scene.ringSeconds * 1000)
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
      return scene.courier.deliver(entry, buildEndedWebhook({ session: call, presences, at: scene.clock() }))
    },
    close: () => clearTimeout(giveUpTimer),
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
        ? { callee: { uid: chessClub.uid, name: chessClub.name }, receiverType: 'group' }
        : { callee: bob }),
      initiatedAt: scene.clock(),
    },
    true,
  )
}

async function giveUpIfRinging(giveUp: Caller['giveUp'], entry: CallEntry): Promise<void> {
  if (entry.phase === 'ringing') await giveUp(entry.call.sessionId)
}
