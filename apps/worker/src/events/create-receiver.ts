import { type OutgoingEvent, signEvent } from '@ringer/payloads'
import { createOutageLog, createPost, type Logger, type PostOptions } from '@ringer/service'

/** Where the events of an app go: RINGER_EVENTS_*. */
export interface ReceiverSettings extends Pick<PostOptions, 'url' | 'allowInside' | 'limitMs' | 'resolve'> {
  /** In base64. Each signs every event. */
  secrets: readonly string[]
}

/** What became of an attempt to deliver an event. `left`: it was not sent, because the backend is in trouble or busy. */
export type Delivered =
  | { kind: 'delivered' }
  | { kind: 'failed'; reason: string; retryAfterMs?: number | undefined }
  | { kind: 'left' }
  | { kind: 'off' }

/** The backend of an app. */
export interface Receiver {
  /** Sends an event once. Never rejects, and takes at most 5 s. */
  deliver(event: OutgoingEvent): Promise<Delivered>
  /** Whether it wants events: false from the first 410 on. */
  isOn(): boolean
  close(): void
}

/** After so many failures in a row a backend is left alone, and then asked with one event at a time. */
const FAILURES_UNTIL_LEFT = 5
const LEFT_MS = 10_000

/**
 * Creates what delivers the events of one app. A status from 200 to 299 is success. 410 means that the backend wants no events, until
 * the process starts again. Anything else, a redirect too, is a failure.
 *
 * @param options.inHand how many events may be under way at once
 * @param options.clock epoch ms; the time in the signature, which receivers compare with their own clocks
 */
export function createReceiver(
  { secrets, ...target }: ReceiverSettings,
  options: { appId: string; log: Logger; inHand: number; clock?: () => number; leftMs?: number },
): Receiver {
  const { appId, log, inHand: most, clock = Date.now, leftMs = LEFT_MS } = options
  const fields = { app: appId, host: new URL(target.url).host }
  const outage = createOutageLog({ log, what: "The app's backend (RINGER_EVENTS_URL)", fields })
  const post = createPost({ ...target, connections: most })
  let isOn = true
  let inHand = 0
  let failures = 0
  let leftUntil = 0

  function failed(reason: string, retryAfterMs?: number): Delivered {
    failures += 1
    leftUntil = performance.now() + leftMs
    outage.failed(reason)
    return { kind: 'failed', reason, retryAfterMs }
  }

  async function send(event: OutgoingEvent): Promise<Delivered> {
    const body = JSON.stringify(event)
    const answer = await post(body, signEvent({ id: event.id, at: clock(), body }, secrets))
    if (!answer.ok) return failed(answer.problem)
    const { status, retryAfterMs } = answer
    if (status === 410) {
      if (isOn)
        log.warn(fields, "the app's backend answered 410: it gets no more events until the next start")
      isOn = false
      return { kind: 'off' }
    }
    if (status < 200 || status > 299) return failed(`status ${status}`, retryAfterMs)
    failures = 0
    outage.worked()
    return { kind: 'delivered' }
  }

  return {
    async deliver(event) {
      if (!isOn) return { kind: 'off' }
      const isInTrouble = failures >= FAILURES_UNTIL_LEFT
      const mayProbe = performance.now() >= leftUntil && inHand === 0
      if (inHand >= most || (isInTrouble && !mayProbe)) return { kind: 'left' }
      inHand += 1
      try {
        return await send(event)
      } finally {
        inHand -= 1
      }
    },
    isOn: () => isOn,
    close: () => post.close(),
  }
}
