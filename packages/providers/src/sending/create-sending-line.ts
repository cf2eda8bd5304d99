import { createReach, PROBE_INTERVAL_MS } from './create-reach.ts'
import { createTimeLimit } from './create-time-limit.ts'
import { type NotSent, notSent } from './outcome.ts'
import { takeTurns, type Urgency, urgencies } from './take-turns.ts'

/** How long pushes wait for room when the line closes, and how long those under way may then take to be answered. */
const CLOSE_WAIT_MS = 2_000
const CLOSE_LIMIT_MS = 5_000

/**
 * How many pushes may wait here in any case, and for how long the others are given back to the queue. All apps share the
 * places that a worker has for the jobs of a provider: those of an app whose pushes hardly leave must not take all of them.
 */
const MAY_WAIT = 500
const GIVE_BACK_MS = 1_000

/**
 * If no push has left for this long, or up to twice as long, while others wait, all that wait are given back to the queue:
 * another worker may have room.
 */
const STANDSTILL_MS = 1_000
const AFTER_STANDSTILL_MS = 250

const standstill = createTimeLimit(STANDSTILL_MS)

/** How long a push without an answer is listened to at most, however late its deadline is. */
const LISTEN_LIMIT_MS = 30_000

/** The line in which pushes wait for room at a provider. Every provider sends through one. */
export interface SendingLine {
  /**
   * Makes an attempt as soon as there is room. Makes none if the provider is being left alone, too many pushes wait, none has
   * left for a while, the deadline (epoch ms) passes first, or the line closes.
   *
   * @param attempt rejects only if the push cannot be built
   */
  send<Answer>(
    push: { deadline: number; urgency: Urgency },
    attempt: () => Promise<Answer>,
  ): Promise<Answer | NotSent>
  /** The provider answered an attempt, with any answer. */
  answered(): void
  /** An attempt ended without an answer. After five in a row the provider is probed. */
  failed(): void
  /** The provider is probed before the next push. If the probe fails, every push is refused until one succeeds. */
  suspect(): void
  /**
   * The provider is out of reach: every push is refused until a probe succeeds.
   *
   * @param refusal the result of the pushes meanwhile. Default: the provider does not answer
   */
  goDown(refusal?: NotSent): void
  isDown(): boolean
  /** Whether so many rings would leave at once. Default: 1 */
  hasRoom(rings?: number): boolean
  /** Starts as many waiting pushes as there is room for. Call it whenever there may be more room. */
  admit(): void
  /** Ends the wait of every push that waits now. */
  refuse(because: NotSent): void
  /** Resolves when listening to an answer is over: at the deadline (epoch ms), after 30 s, or because the line closes. */
  endOfListening(deadline: number): { end: Promise<void>; stop(): void }
  /** Waits for the pushes in hand, 5 s at most. */
  close(): Promise<void>
}

/**
 * @param options.silence what pushes are told while the provider does not answer
 * @param options.hasRoom whether so many more attempts may start now
 * @param options.probe asks, without a push, whether the provider can be reached. If it knows why not, it resolves with the
 *   result of the pushes meanwhile. Never rejects
 */
export function createSendingLine(options: {
  silence: string
  hasRoom: (attempts: number) => boolean
  probe: () => Promise<true | NotSent | undefined>
  clock: () => number
  /** Called with the result of the pushes while the provider is out of reach, and with undefined when it can be reached. */
  onReach: (refusal: NotSent | undefined) => void
}): SendingLine {
  const { silence, hasRoom, probe, clock, onReach } = options
  const turns = takeTurns(attempts => reach.isOpen() && hasRoom(attempts), clock)
  const inHand = new Set<Promise<unknown>>()
  const closingRefusal = notSent('the worker is closing')
  const silenceRefusal = notSent(silence)
  const givenBack = notSent('too many pushes wait', { retryAfterMs: GIVE_BACK_MS })
  const stoodStill = notSent('no push has left for a while', { retryAfterMs: AFTER_STANDSTILL_MS })
  let currentRefusal = silenceRefusal
  let closing: Promise<void> | undefined
  const reach = createReach({
    async probe() {
      const result = await probe()
      if (result !== true) currentRefusal = result ?? silenceRefusal
      return result === true
    },
    // Other workers may reach the provider, so what waits here goes back to the queue.
    onDown() {
      onReach(currentRefusal)
      turns.refuse({ ...currentRefusal, retryAfterMs: PROBE_INTERVAL_MS })
    },
    onUp() {
      onReach(undefined)
      turns.admit()
    },
  })
  const listeners = new Set<() => void>()
  let isWatched = false

  /** Watches the line while pushes wait in it. */
  function watch() {
    if (isWatched || turns.waiting() === 0) return
    isWatched = true
    standstill.start(() => {
      isWatched = false
      if (turns.startedLately() === 0) turns.refuse(stoodStill)
      watch()
    })
  }

  async function close(): Promise<void> {
    const stopListening = () => {
      for (const stop of [...listeners]) stop()
    }
    const timers = [
      setTimeout(() => turns.refuse(closingRefusal), CLOSE_WAIT_MS),
      setTimeout(stopListening, CLOSE_LIMIT_MS),
    ]
    reach.close()
    await Promise.allSettled(inHand)
    for (const timer of timers) clearTimeout(timer)
    // Second attempts that lost may be open.
    stopListening()
  }

  /** Returns why a push of this urgency may not even wait for its turn. */
  function refusalOf(urgency: Urgency): NotSent | undefined {
    if (closing) return closingRefusal
    if (reach.isDown()) return { ...currentRefusal, retryAfterMs: PROBE_INTERVAL_MS }
    // What leaves within a second or two may wait as well. A stop always waits here: rings never delay it.
    const isFull = turns.ahead(urgency) >= Math.max(MAY_WAIT, turns.startedLately())
    return urgency !== urgencies.first && isFull ? givenBack : undefined
  }

  return {
    async send({ deadline, urgency }, attempt) {
      const refusal = refusalOf(urgency)
      if (refusal) return refusal
      const taken = turns.take(deadline, attempt, urgency)
      inHand.add(taken)
      watch()
      try {
        return await taken
      } finally {
        inHand.delete(taken)
      }
    },
    answered: reach.answered,
    failed: reach.failed,
    suspect: reach.suspect,
    goDown(refusal = silenceRefusal) {
      currentRefusal = refusal
      reach.goDown()
    },
    isDown: reach.isDown,
    hasRoom: rings => !closing && turns.isFree(urgencies.urgent, rings),
    endOfListening(deadline) {
      let stop = () => {}
      const end = new Promise<void>(resolve => {
        const timer = setTimeout(() => stop(), Math.min(Math.max(0, deadline - clock()), LISTEN_LIMIT_MS))
        stop = () => {
          clearTimeout(timer)
          listeners.delete(stop)
          resolve()
        }
        listeners.add(stop)
      })
      return { end, stop }
    },
    admit: turns.admit,
    refuse: turns.refuse,
    close() {
      closing ??= close()
      return closing
    },
  }
}
