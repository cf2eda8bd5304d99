import { buildProviderChat, createMessageIds, type WebhookAnswer } from '../cometchat.ts'
import type { PhoneId } from '../phones/phone-state.ts'
import { alice, bob } from './people.ts'
import type { Scene } from './scene.ts'

export type Messenger = {
  /** Alice writes to Bob. */
  write: (text: string) => Promise<WebhookAnswer>
  /** One of Bob's phones, or Carol's, is rid of a notification; a message that was put away counts as read. */
  dismiss: (phone: PhoneId, notification: number) => void
}

/** Messages, of which CometChat's custom push provider tells the ingress, and what becomes of their notifications. */
export function createMessenger(scene: Scene): Messenger {
  const nextMessageId = createMessageIds(scene.clock)
  const unread = new Set<string>()

  return {
    write: async text => {
      const messageId = nextMessageId()
      unread.add(messageId)
      const message = { messageId, from: alice, to: bob, text, unread: unread.size, at: scene.clock() }
      const request = buildProviderChat({ appId: scene.appId, region: 'us', ...message })
      return scene.courier.provide(request, `a message for ${bob.name}`)
    },
    dismiss: (phone, notification) => {
      const tag = scene.trays.dismiss(phone, notification)
      if (tag !== undefined) unread.delete(tag)
      scene.changed()
    },
  }
}
