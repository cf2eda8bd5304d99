import { type AnswerEvent, type EndEvent, ringId } from '@ringer/payloads'
import { DUPLICATE_WINDOW_MS } from '../queues/create-call-queue.ts'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { runScript, type Script } from '../redis/run-script.ts'
import { ANSWER_RINGS, END_RINGS, FIND_CONVERSATIONS } from './scripts/ends-and-answers.ts'
import { MARK_AND_FIND_SESSION, MARK_SESSION } from './scripts/session.ts'

/** How long the record of a call is kept by default. */
export const RECORD_TTL_MS = 24 * 3_600_000

/** No ring lasts longer: this is the largest RINGER_RING_SECONDS. */
const LONGEST_RING_MS = 120_000

/** How many recipients' rings one script changes. Redis does nothing else meanwhile. */
const RECIPIENTS_AT_ONCE = 100

/** Most webhooks give the time in whole seconds, rounded down. Others of the same call give it in milliseconds. */
const SECOND_MS = 1_000

/**
 * Ends and answers rings, in two steps: the session is marked and its recipients are found, then their rings are changed. Each
 * function returns the ids of the rings that the job changed. A job that runs again gets the same ids.
 */
export interface RingChanges {
  end(job: string, appId: string, event: EndEvent, at: number): Promise<string[]>
  answer(job: string, appId: string, event: AnswerEvent, at: number): Promise<string[]>
}

/** What an end says about who made it: see MARKERS. */
interface MadeBy {
  occupants?: string[]
  conversation?: string
  conversations?: string[]
}

/** What ends or answers rings. No recipient means all of the session's. */
interface Change {
  appId: string
  sessionId: string
  recipient: string | undefined
  /**
   * The latest instant, by the sender's clock, at which a meeting that this is about can have been announced: for an answer the
   * end of its own second, for an end the end of the second before.
   */
  covers: number
  by?: MadeBy | undefined
}

/** What the second step does, for which job, to whom. The value is the action, or what answered. */
interface SecondStep {
  job: string
  recipients: string[]
  at: number
  value: string
}

/** @param keptMs how long the record of a call is kept */
export function createRingChanges(redis: RedisClient, keys: Keys, keptMs: number): RingChanges {
  async function markAndFindSession(appId: string, event: EndEvent, at: number) {
    const { action, conversationId } = event
    if (!conversationId) return undefined
    const key = keys.conversation(appId, conversationId)
    const args = [action, at, endOfSecond(timeOf(event, at)), DUPLICATE_WINDOW_MS]
    return (await runScript(redis, MARK_AND_FIND_SESSION, [key], args)) as string | null
  }

  /** Leaves the event's marker at the session, unless it names a recipient. Returns the recipients that it is about, and whether a message announced one of the calls. */
  async function markSession(
    { appId, sessionId, recipient, covers, by }: Change,
    action: string,
    at: number,
  ) {
    if (recipient !== undefined) return { recipients: [recipient], isAnnounced: false }
    const answer = await runScript(
      redis,
      MARK_SESSION,
      [keys.call(appId, sessionId), keys.recipients(appId, sessionId)],
      [action, at, covers, DUPLICATE_WINDOW_MS, keptMs, by ? JSON.stringify(by) : ''],
    )
    const [announced, recipients] = answer as [string, string[]]
    return { recipients, isAnnounced: announced !== '' }
  }

  /** The conversations in which one of the occupants was called. Read from the rings, because a session id can be made up. */
  async function conversationsOf(occupants: string[], step: SecondStep, change: Change) {
    const called = step.recipients.filter(recipient => occupants.includes(recipient))
    const found = await changeRings(FIND_CONVERSATIONS, { ...step, recipients: called }, change)
    return [...new Set(found)]
  }

  async function changeRings(
    script: Script,
    { job, recipients, at, value }: SecondStep,
    { appId, sessionId, covers, by }: Change,
  ) {
    const ids = recipients.map(recipient => recipientId(appId, sessionId, recipient))
    const changed: string[] = []
    while (ids.length > 0) {
      const some = ids.splice(0, RECIPIENTS_AT_ONCE)
      const rings = await runScript(
        redis,
        script,
        some.flatMap(id => [keys.ring(id), keys.announced(id), keys.markers(id)]),
        [
          job,
          keys.ring(''),
          LONGEST_RING_MS,
          DUPLICATE_WINDOW_MS,
          at,
          covers,
          value,
          keys.ringChanges(),
          by ? JSON.stringify(by) : '',
          ...some,
        ],
      )
      changed.push(...(rings as string[]))
    }
    return changed
  }

  return {
    async end(job, appId, event, at) {
      const sessionId = event.sessionId ?? (await markAndFindSession(appId, event, at))
      if (!sessionId) return []
      const { action: value, recipient, occupants, conversationId: conversation } = event
      // Whoever knows a meeting's session id could keep every meeting from ringing, by ending the session again and again. No
      // meeting is over in the second of its announcement, so an end of that second is of something else.
      const covers = startOfSecond(timeOf(event, at)) - 1
      const by = { ...(occupants && { occupants }), ...(conversation !== undefined && { conversation }) }
      const change: Change = { appId, sessionId, recipient, covers, by }
      const { recipients, isAnnounced } = await markSession(change, value, at)
      const step = { job, recipients, at, value }
      if (occupants && isAnnounced)
        change.by = { ...by, conversations: await conversationsOf(occupants, step, change) }
      return changeRings(END_RINGS, step, change)
    },

    async answer(job, appId, event, at) {
      const { sessionId, uid: recipient, deviceId, platform = '' } = event
      const change = { appId, sessionId, recipient, covers: endOfSecond(timeOf(event, at)) }
      const { recipients } = await markSession(change, '', at)
      return changeRings(ANSWER_RINGS, { job, recipients, at, value: deviceId ?? platform }, change)
    },
  }
}

/** The id of a recipient in a session, which is also the id of the ring that no message announced. */
export const recipientId = (appId: string, sessionId: string, recipient: string) =>
  ringId(appId, { sessionId, recipient, announcedBy: undefined })

const timeOf = ({ sentAt }: EndEvent | AnswerEvent, at: number) => sentAt ?? at
const startOfSecond = (time: number) => Math.floor(time / SECOND_MS) * SECOND_MS
const endOfSecond = (time: number) => startOfSecond(time) + SECOND_MS - 1
