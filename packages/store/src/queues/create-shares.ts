import type { CallJob } from '@ringer/payloads'

const WINDOW_MS = 10_000
const WINDOWS_A_MINUTE = 6
/** With more counts than this, all of them start again at zero. */
const MOST_COUNTS = 20_000

/** How many calls a minute a caller may have: to each recipient (`pair`), in all, and to each group. */
type CallsAMinute = Readonly<Record<'pair' | 'caller' | 'group', number>>

/** Says whose rings wait behind the rings of others. */
export interface Shares {
  /** Counts a call for its caller. Returns whether the caller has had more than a share of the calls. */
  isOver(job: Pick<CallJob, 'appId' | 'event'>): boolean
}

interface CallCount {
  calls: number
  /** The last call that was counted. The custom push provider sends one request for each member of a group. */
  last: string
}

/**
 * A caller's share is what the budgets allow in ten seconds, a sixth of a minute's: `caller`, and `pair` for each recipient;
 * `group` for calls to groups. A faster caller is not refused; the rings of others go first. Every ingress counts for itself, in
 * memory, so that this costs no command.
 *
 * @param budgetsOf the budgets of an app, or undefined if they are off: then nobody has to wait
 */
export function createShares(
  budgetsOf: (appId: string) => CallsAMinute | undefined,
  clock: () => number = Date.now,
): Shares {
  let startedAt = clock()
  let counts = new Map<string, CallCount>()

  return {
    isOver({ appId, event }) {
      const budgets = budgetsOf(appId)
      if (!budgets || (event.kind !== 'ring' && event.kind !== 'group')) return false
      if (clock() - startedAt >= WINDOW_MS || counts.size > MOST_COUNTS) {
        startedAt = clock()
        counts = new Map()
      }
      const { caller, receiver, sessionId, announcedBy = '' } = event
      const call = JSON.stringify([sessionId, announcedBy])
      const count = (...of: string[]) =>
        countCall(counts, JSON.stringify([appId, receiver.type, ...of]), call)
      const ofCaller = count(caller.uid)
      if (receiver.type === 'group') return ofCaller > shareOf(budgets.group)
      return count(caller.uid, receiver.uid) > shareOf(budgets.pair) || ofCaller > shareOf(budgets.caller)
    },
  }
}

const shareOf = (budget: number) => Math.ceil(budget / WINDOWS_A_MINUTE)

/** Counts a call, unless it is the one that was counted last. Returns how many there are. */
function countCall(counts: Map<string, CallCount>, key: string, call: string): number {
  const count = counts.get(key) ?? { calls: 0, last: '' }
  counts.set(key, count)
  if (count.last !== call) count.calls += 1
  count.last = call
  return count.calls
}
