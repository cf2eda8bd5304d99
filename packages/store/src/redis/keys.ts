/**
 * Builds the names of all keys that Ringer keeps in Redis besides BullMQ's queues. The prefix contains a hash tag, so that
 * in a Cluster all keys are in one slot: one lane. Only two kinds of scripts need that: CLAIM, which is two steps in one, and
 * those of the devices, which move between users. See docs/decisions/lanes.md.
 */
export function createKeys(prefix: string) {
  return {
    prefix,

    // A session's
    /** Hash: one session: the markers of its ends and answer (JSON), whether a message announced it, and a note. */
    call: (appId: string, sessionId: string) => `${prefix}:call:${appId}:${sessionId}`,
    /** Sorted set: the uids of a session's recipients, scored by when the newest call to each arrived (epoch ms). */
    recipients: (appId: string, sessionId: string) => `${prefix}:recipients:${appId}:${sessionId}`,
    /** Hash: the newest session of a conversation, for ends that name no session, and the marker of the last such end. */
    conversation: (appId: string, conversationId: string) =>
      `${prefix}:conversation:${appId}:${conversationId}`,

    /** Hash: the last webhook that was refused for each reason (JSON). */
    refusedWebhooks: () => `${prefix}:refused-webhooks`,
    /** Sorted set: the ids of the apps whose webhooks are stored, scored by when that was noted last (epoch ms). */
    apps: () => `${prefix}:apps`,
    /** List: the newest webhooks of a session (JSON), the oldest first. */
    webhooks: (appId: string, sessionId: string) => `${prefix}:webhooks:${appId}:${sessionId}`,

    // An app's
    /**
     * Sorted set: an app's newest calls (JSON: session id and, if there is one, the message that announced it), scored by when
     * each arrived (epoch ms). With several lanes, each would have its own, and a reader would merge them.
     */
    newest: (appId: string) => `${prefix}:newest:${appId}`,
    /** Sorted set: the ids of an app's events that wait for another attempt, scored by when each is forgotten (epoch ms). */
    waitingEvents: (appId: string) => `${prefix}:waiting-events:${appId}`,
    /** Hash: how many requests were sent to CometChat's API within a minute (whole minutes since the epoch). */
    cometchatRequests: (appId: string, minute: number) => `${prefix}:cometchat-requests:${appId}:${minute}`,

    /**
     * Sorted set: rings of which a phone waits or failed for now (JSON: app id and ring id), scored by when somebody has to look at
     * what became of it (epoch ms). With several lanes, each would have its own.
     */
    openRings: () => `${prefix}:open-rings`,

    // The workers'
    /** String: what a living worker says about itself (JSON). Lives for 10 s after each beat. */
    worker: (id: string) => `${prefix}:worker:${id}`,
    /** Sorted set: the ids of the living workers, scored by when each beat last (epoch ms). */
    workers: () => `${prefix}:workers`,

    // A recipient's
    /** Sorted set: a recipient's newest calls, as in `newest`. */
    callsOf: (appId: string, uid: string) => `${prefix}:calls-of:${appId}:${uid}`,
    /** Hash: one ring with its state, claim, steps, the outcome of each device and what each device reported. */
    ring: (ringId: string) => `${prefix}:ring:${ringId}`,
    /**
     * Sorted set: the ids of the rings that messages announced to one recipient of a session, scored by when each was
     * announced (epoch ms, by the sender's clock).
     */
    announced: (recipientId: string) => `${prefix}:announced:${recipientId}`,
    /** Hash: the markers of one recipient's end and answer, and for each such job the ids of the rings that it changed (JSON). */
    markers: (recipientId: string) => `${prefix}:markers:${recipientId}`,
    /** String: how many calls were counted for one budget in one minute, or the decision about one call. Lives for two minutes. */
    counter: (appId: string, minute: number, budget: string, of: readonly string[]) =>
      `${prefix}:budget:${appId}:${minute}:${budget}:${JSON.stringify(of)}`,
    /** Hash: one device. */
    device: (deviceId: string) => `${prefix}:device:${deviceId}`,
    /** Sorted set: the ids of a user's devices, scored by when each was last seen (epoch ms). */
    user: (appId: string, uid: string) => `${prefix}:user:${appId}:${uid}`,
    /** Number: how many calls a user reported as answered that had not rung them. */
    earlyAnswers: (appId: string, uid: string) => `${prefix}:early:${appId}:${uid}`,
    /** Channel: the ids of rings that were answered or have ended. With several lanes there would still be one. */
    ringChanges: () => `${prefix}:ring-changes`,
    /** Number: how many tokens a user took from others today. */
    moves: (appId: string, uid: string) => `${prefix}:moves:${appId}:${uid}`,
  }
}

export type Keys = ReturnType<typeof createKeys>
