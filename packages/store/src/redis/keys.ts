/**
 * The names of everything that Ringer keeps in Redis beside BullMQ's queues. The prefix holds a hash tag, so that in a
 * Cluster all of it lies in one slot and a script may touch any of it.
 */
export function createKeys(prefix: string) {
  return {
    prefix,
    /** Hash: one ring, its state, claim, steps and each device's outcome. */
    ring: (ringId: string) => `${prefix}:ring:${ringId}`,
    /** Hash: one session, its rings, and how it ended or who answered. */
    call: (appId: string, sessionId: string) => `${prefix}:call:${appId}:${sessionId}`,
    /** Hash: the newest session of a conversation, for the ends that name no session, and the last of those ends. */
    conversation: (appId: string, conversationId: string) =>
      `${prefix}:conversation:${appId}:${conversationId}`,
    /** Hash: one device. */
    device: (deviceId: string) => `${prefix}:device:${deviceId}`,
    /** Sorted set: a user's device ids by when they were last seen, epoch ms. */
    user: (appId: string, uid: string) => `${prefix}:user:${appId}:${uid}`,
  }
}

export type Keys = ReturnType<typeof createKeys>
