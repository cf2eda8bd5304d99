import type { Person, ReceiverType, Source } from './call.ts'

/** The body of a request from CometChat. */
export type Webhook = Record<string, unknown> & { trigger: string; data: Record<string, unknown> }

/** Wraps the data of a trigger as CometChat does. */
export function envelope(
  { appId, region, webhookId }: Source,
  trigger: string,
  data: Record<string, unknown>,
): Webhook {
  return { trigger, data, appId, region, webhook: webhookId }
}

/** Converts epoch ms to the whole seconds in which webhooks give instants. */
export const inSeconds = (epochMs: number): number => Math.floor(epochMs / 1000)

/** A user as webhooks describe one. `at` is epoch ms. */
export const userIn = (person: Person, at: number) => ({
  ...person,
  status: 'available',
  role: 'default',
  lastActiveAt: inSeconds(at),
})

/** A user or a group as the entity of a message. `at` is epoch ms. */
export function entityOf(person: Person, at: number, type: ReceiverType = 'user') {
  const { uid, name, avatar } = person
  return type === 'group'
    ? { entity: { guid: uid, name, icon: avatar, type: 'private' }, entityType: type }
    : { entity: userIn(person, at), entityType: type }
}
