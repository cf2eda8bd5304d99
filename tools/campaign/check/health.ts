import type { History, SeenPush, Subject, Trouble } from '../history.ts'
import type { ProviderName } from '../plan/plan.ts'
import { ALLOWED_MS } from './allowances.ts'
import { isUnnoticed, mayCostRings } from './excuses.ts'
import { type Interval, inAll, overlaps, without } from './intervals.ts'

/** When which part of the stage was healthy. */
export interface Health {
  /**
   * When Redis, this machine, the provider, if given, and at least one worker that could reach it were all healthy. `more` are
   * further intervals to leave out.
   */
  wellTimes(within: Interval, provider?: ProviderName, more?: readonly Interval[]): Interval[]
  /**
   * Whether one of the healthy times was long enough: `least` ms, and more for each worker that was killed, frozen, stopped or
   * cut off from the provider in it, because another worker had to take over its jobs. The first `forgiven` of those do not
   * count.
   */
  wasWellFor(least: number, times: readonly Interval[], forgiven: number, provider?: ProviderName): boolean
  /** Troubles of a subject, or of all workers, that overlap an interval. */
  troublesOf(subject: Subject | 'workers', within: Interval): Trouble[]
  /** Troubles of the worker that sent a push, or of all workers if it is not known. */
  troublesOfSender(push: SeenPush, within: Interval): Trouble[]
  /** Troubles of the network on the way of a push from its worker to its provider. */
  troublesOnTheWay(push: SeenPush, within: Interval): Trouble[]
  /** How long a push may have been on its way, with frozen connections and stalls of the stand-in. */
  transportMs(push: SeenPush): number
  /** How long a command of Redis took at most in an interval, ms. */
  roundTripMs(within: Interval): number
}

const isWorker = ({ subject }: Trouble) => subject.startsWith('worker-')
const isLinkTo = ({ subject }: Trouble, provider: ProviderName | undefined) =>
  provider !== undefined && /^link-\d+-(.+)$/.exec(subject)?.[1] === provider

/**
 * When a worker may hold jobs without working on them: a dead worker at its death; a frozen one, or one that is cut off and has
 * not noticed it, until that is over.
 */
const asHolder = ({ kind, from, to }: Trouble): Interval => ({
  from,
  to: ['freeze-worker', 'freeze-link', 'refuse-link'].includes(kind) ? to : from,
})

/** Troubles that slow the answers down, but bring every push at once. */
const bringsPushes = new Set(['slow-provider', 'silence-streams'])

export function createHealth({ troubles, workers: workerCount }: History): Health {
  const troublesOf: Health['troublesOf'] = (subject, within) =>
    troubles.filter(
      trouble =>
        (subject === 'workers' ? isWorker(trouble) : trouble.subject === subject) &&
        overlaps(trouble, within),
    )

  const troublesOnTheWay: Health['troublesOnTheWay'] = ({ provider, worker, connection }, within) =>
    troubles.filter(trouble => {
      const { subject, kind, connections } = trouble
      if (!overlaps(trouble, within) || bringsPushes.has(kind)) return false
      if (isLinkTo(trouble, provider)) {
        return worker === undefined || subject === `link-${worker}-${provider}`
      }
      if (subject !== provider) return false
      return connections === undefined || connection === undefined || connections.includes(connection)
    })

  return {
    troublesOf,
    troublesOnTheWay,
    troublesOfSender: ({ worker }, within) =>
      troublesOf(worker === undefined ? 'workers' : `worker-${worker}`, within),
    wellTimes(within, provider, more = []) {
      const unable = Array.from({ length: workerCount }, (_, worker) =>
        troubles.filter(
          ({ subject }) => subject === `worker-${worker}` || subject === `link-${worker}-${provider}`,
        ),
      )
      const shared = troubles.filter(
        trouble =>
          (['redis', 'machine', provider].includes(trouble.subject) && mayCostRings(trouble)) ||
          (isLinkTo(trouble, provider) && isUnnoticed(trouble)),
      )
      return without(within, [...shared, ...inAll(unable, within), ...more])
    },
    wasWellFor(least, times, forgiven, provider) {
      return times.some(well => {
        const faults = troubles
          .filter(trouble => isWorker(trouble) || isLinkTo(trouble, provider))
          .map(asHolder)
          .filter(fault => overlaps(fault, { from: well.from - ALLOWED_MS.recovery, to: well.to }))
        // A shorter interval that begins or ends at one of those faults may suffice too.
        const starts = [well.from, ...faults.map(({ from }) => from)].filter(at => at >= well.from)
        const ends = [well.to, ...faults.map(({ from }) => from - 1)].filter(at => at <= well.to)
        return starts.some(from =>
          ends.some(to => {
            const within = { from: from - ALLOWED_MS.recovery, to }
            const count = faults.filter(fault => overlaps(fault, within)).length
            return to - from >= least + ALLOWED_MS.recovery * Math.max(0, count - forgiven)
          }),
        )
      })
    },
    transportMs(push) {
      const within = { from: push.at - ALLOWED_MS.transport, to: push.at }
      const delays = [...troublesOnTheWay(push, within), ...troublesOf('machine', within)]
      return delays.reduce((sum, { from, to }) => sum + Math.min(to, push.at) - from, ALLOWED_MS.transport)
    },
    roundTripMs: within => Math.max(0, ...troublesOf('redis', within).map(({ delayMs = 0 }) => delayMs)),
  }
}
