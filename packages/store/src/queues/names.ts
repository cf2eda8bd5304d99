/** The queues, in the order in which a call goes through them. */
export const CALLS = 'calls'

/**
 * Calls to groups wait apart: to ring one, CometChat is asked for its members, which takes as long as it takes.
 */
export const GROUPS = 'groups'

/** The queue of a provider's pushes. Each provider has its own, so that one's trouble never delays the other's phones. */
export const pushQueueName = (provider: string) => `pushes-${provider}`

/** The queue of a provider's alert pushes. They wait apart, so that no number of them delays a ring. */
export const alertQueueName = (provider: string) => `alerts-${provider}`

/** What app backends are told. Served apart, so that a backend that does not answer delays no ring. */
export const EVENTS = 'events'
