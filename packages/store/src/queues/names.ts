/** The queues, in the order in which a call goes through them. */
export const CALLS = 'calls'

/**
 * Calls to groups wait apart: to ring one, CometChat is asked for its members, which takes as long as it takes.
 */
export const GROUPS = 'groups'

/** The providers; each has a queue of its own, so that one's trouble never delays the other's phones. */
export const providers = ['apns', 'fcm'] as const
export type Provider = (typeof providers)[number]

export const pushQueueName = (provider: Provider) => `pushes-${provider}`

/** Ordinary notifications wait apart, so that no number of them delays a ring. */
export const alertQueueName = (provider: Provider) => `alerts-${provider}`
