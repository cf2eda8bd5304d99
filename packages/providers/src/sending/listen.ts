import { createTimeLimit } from './create-time-limit.ts'
import type { Outcome, Withheld } from './outcome.ts'

/** How long a push may be without an answer before a second attempt starts on another connection. */
const HEDGE_AFTER_MS = 1_000
/** How soon it is tried again, if there was no second attempt to start, or an attempt broke and the other one is older than that. */
const HEDGE_AGAIN_MS = 50
const hedge = createTimeLimit(HEDGE_AFTER_MS)
const again = createTimeLimit(HEDGE_AGAIN_MS)

/** An attempt that has left. */
export interface Departure<Answer> {
  /** Never rejects. */
  answer: Promise<Answer>
  /** Stops listening: nobody needs this answer any more. */
  cancel(): void
}

/** What was heard, and of which attempt. */
export interface Heard<Answer> {
  answer: Answer
  by: 'first' | 'second'
  /** Whether there was a second attempt. */
  isHedged: boolean
}

/**
 * Listens to an attempt until it is answered. If there is no answer after a while, a second attempt may start; then the
 * first final answer wins. An attempt that breaks, or is refused for now, does not end the wait for the other one. Once that one has
 * been unanswered for a second, another attempt may start: its connection may be stuck as well.
 *
 * @param options.second starts another attempt. Resolves with undefined if there is no connection for it, or with `withheld` if it
 *   may not leave
 * @param options.outcomeOf what an answer means, or undefined if the attempt broke and the provider said nothing
 * @param options.end resolves when the wait is over for good
 * @returns undefined if the wait was over first
 */
export async function listen<Answer>(
  first: Departure<Answer>,
  options: {
    second: () => Promise<Departure<Answer> | Withheld | undefined>
    outcomeOf: (answer: Answer) => Outcome | undefined
    end: Promise<void>
  },
): Promise<Heard<Answer> | undefined> {
  const { second: startSecond, outcomeOf, end } = options
  /** The attempts without an answer, by their number. */
  const open = new Map<number, Departure<Answer>>()
  /** When the newest attempt left, in ms of the monotonic clock. */
  let leftAt = 0
  let made = 0
  let isOver = false
  let winner = Number.POSITIVE_INFINITY
  let endHedge = () => {}

  const heard = await new Promise<Heard<Answer> | undefined>(resolve => {
    let starting: Promise<void> | undefined

    const failed: Heard<Answer>[] = []

    function follow(departure: Departure<Answer>) {
      made += 1
      const number = made
      leftAt = performance.now()
      open.set(number, departure)
      void departure.answer.then(async answer => {
        open.delete(number)
        const heard: Heard<Answer> = { answer, by: number === 1 ? 'first' : 'second', isHedged: made > 1 }
        const outcome = outcomeOf(answer)
        if (outcome && outcome.kind !== 'retryable') {
          winner = Math.min(winner, number)
          return resolve(heard)
        }
        failed.push(heard)
        // The second attempt may be about to leave.
        await starting
        // If one attempt broke, the push may have been delivered, whatever the other one was answered.
        if (open.size === 0) resolve(failed.find(({ answer }) => !outcomeOf(answer)) ?? failed.at(-1))
        // An attempt that broke says nothing against another one. One that was refused for now is not repeated at once.
        else if (outcome) waitAndHedge(createTimeLimit(Math.max(HEDGE_AFTER_MS, outcome.retryAfterMs ?? 0)))
        else if (number === made) waitAndHedge(again)
        else
          waitAndHedge(createTimeLimit(Math.max(HEDGE_AGAIN_MS, HEDGE_AFTER_MS + leftAt - performance.now())))
      })
    }

    async function hedgeNow() {
      // Without a second attempt the first one is still listened to.
      const second = await startSecond().catch(() => undefined)
      if (!second) return waitAndHedge(again)
      // Nothing changes soon: the ring is over, or somebody else is sending this push.
      if ('kind' in second) return waitAndHedge(hedge)
      if (isOver) return second.cancel()
      follow(second)
    }

    /** The budget may allow a second attempt later, so it is asked for again. */
    function waitAndHedge(limit: typeof hedge) {
      if (isOver) return
      endHedge()
      endHedge = limit.start(() => {
        starting = hedgeNow()
      })
    }

    follow(first)
    waitAndHedge(hedge)
    void end.then(() => resolve(undefined))
  })
  isOver = true
  endHedge()
  // An attempt that lost to a later one is stuck. One that lost to an earlier one will be answered soon, and its connection can
  // be used again.
  for (const [number, { cancel }] of open) if (!heard || number < winner) cancel()
  return heard
}
