import type { Person, Source } from './call.ts'
import { envelope, userIn, type Webhook } from './envelope.ts'

// Webhooks about users and groups. They share the endpoint with the webhooks of calls.

/** Builds `user_blocked` or `user_unblocked`. */
export const buildBlockedWebhook = (
  source: Source,
  { trigger, by, on }: { trigger: 'user_blocked' | 'user_unblocked'; by: Person; on: Person },
): Webhook => envelope(source, trigger, { users: { [on.uid]: on }, by })

/** Builds `user_connection_status_changed` for a user who went offline. `at` is epoch ms. */
export const buildConnectionWebhook = (source: Source, { user, at }: { user: Person; at: number }): Webhook =>
  envelope(source, 'user_connection_status_changed', {
    timestamp: at,
    user: { ...userIn(user, at), status: 'offline' },
    status: 'offline',
    userPresenceChanged: true,
  })

/** Builds the legacy webhook for a user who went offline. `at` is epoch ms. */
export const buildLegacyConnectionWebhook = (
  source: Source,
  { user, at }: { user: Person; at: number },
): Webhook =>
  envelope(source, 'after_connection_status_changed', {
    user: { uid: user.uid, status: 'offline', status_updated: true, status_updated_at: String(at) },
    event: { type: 'disconnected', at: String(at) },
    connections: [],
  })

/** Builds `group_member_…`. Who joined or left did so alone: such a webhook has no `by`. `at` is epoch ms. */
export function buildGroupMemberWebhook(
  source: Source,
  {
    event,
    group,
    by,
    on,
    at,
  }: {
    event: 'added' | 'joined' | 'left' | 'kicked' | 'banned'
    group: Person
    by: Person
    on: Person
    at: number
  },
): Webhook {
  const isAlone = event === 'joined' || event === 'left'
  return envelope(source, `group_member_${event}`, {
    members: { [on.uid]: userIn(on, at) },
    group: groupIn(group),
    ...(!isAlone && { by: userIn(by, at) }),
  })
}

/** Builds `group_deleted`. */
export const buildGroupDeletedWebhook = (source: Source, group: Person): Webhook =>
  envelope(source, 'group_deleted', { group: groupIn(group) })

const groupIn = ({ uid, name }: Person) => ({
  guid: uid,
  name,
  type: 'private',
  membersCount: 3,
  conversationId: `group_${uid}`,
})
