import { buildProviderChat, createMessageIds, type WebhookAnswer } from '@ringer/fakes/cometchat'
import type { PhoneId } from '../phones/handset-state.ts'
import { alice, bob } from '../scene/people.ts'
import type { Scene } from '../scene/scene.ts'

export interface Messenger {
  /** Sends a message from Alice to Bob. */
  write: (text: string) => Promise<WebhookAnswer>
  /** Removes a notification from one phone. A dismissed message counts as read. */
  dismiss: (phone: PhoneId, notification: number) => void
}

/** Sends messages to the ingress, as CometChat's custom push provider does, and dismisses their notifications. */
export function createMessenger(scene: Scene): Messenger {
  const nextMessageId = createMessageIds(scene.clock)
  const unread = new Set<string>()

  return {
    write: async text => {
      const messageId = nextMessageId()
      unread.add(messageId)
      const message = { messageId, from: alice, to: bob, text, at: scene.clock() }
      const details = { unreadMessageCount: unread.size }
      const request = buildProviderChat({ appId: scene.appId, region: 'us', ...message, details })
      return scene.courier.sendProviderRequest(request, `a message for ${bob.name}`)
    },
    dismiss: (phone, notification) => {
      const tag = scene.trays.dismiss(phone, notification)
      if (tag !== undefined) unread.delete(tag)
      scene.changed()
    },
  }
}
