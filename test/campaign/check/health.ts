import type { History, Subject, Trouble } from '../history.ts'
import type { ProviderName } from '../plan/plan.ts'
import { allow } from './allowances.ts'
import { type Interval, inAll, overlaps, without } from './intervals.ts'

/** What was well when. */
export interface Health {
  /** When Redis, at least one worker, this machine, and the provider, if one is given, were well together. */
  wellTimes(within: Interval, provider?: ProviderName, more?: readonly Interval[]): Interval[]
  /**
   * Whether there was one stretch of health long enough: `least` ms, and more for each worker beyond the `forgiven` ones
   * that was killed, frozen or ended meanwhile, for its jobs had to wait for another.
   */
  wasWellFor(least: number, times: readonly Interval[], forgiven: number): boolean
  /** Troubles of a subject, or of all workers, that touch a stretch. */
  troublesOf(subject: Subject | 'workers', within: Interval): Trouble[]
  /** How long a push that arrived then may have been on its way: a frozen connection, a stand-in that was held up. */
  transportMs(provider: ProviderName, arrivedAt: number): number
}

const isWorker = ({ subject }: Trouble) => subject.startsWith('worker-')

/** While a worker may hold jobs that it does not work on: a frozen one all the time, a dead one holds none from then on. */
const asHolder = ({ kind, from, to }: Trouble): Interval => ({
  from,
  to: kind === 'freeze-worker' ? to : from,
})

export function createHealth({ troubles, workers: workerCount }: History): Health {
  const workers = new Map<Subject, Trouble[]>()
  for (const trouble of troubles.filter(isWorker)) {
    workers.set(trouble.subject, [...(workers.get(trouble.subject) ?? []), trouble])
  }

  const troublesOf: Health['troublesOf'] = (subject, within) =>
    troubles.filter(
      trouble =>
        (subject === 'workers' ? isWorker(trouble) : trouble.subject === subject) &&
        overlaps(trouble, within),
    )

  return {
    troublesOf,
    wellTimes(within, provider, more = []) {
      const noWorker = workers.size < workerCount ? [] : inAll([...workers.values()], within)
      const shared = troubles.filter(({ subject }) => ['redis', 'machine', provider].includes(subject))
      return without(within, [...shared, ...noWorker, ...more])
    },
    wasWellFor(least, times, forgiven) {
      return times.some(well => {
        const faults = troubles
          .filter(isWorker)
          .map(asHolder)
          .filter(fault => overlaps(fault, { from: well.from - allow.recovery, to: well.to }))
        // A stretch may as well begin, or end, with one of those faults.
        const starts = [well.from, ...faults.map(({ from }) => from)].filter(at => at >= well.from)
        const ends = [well.to, ...faults.map(({ from }) => from - 1)].filter(at => at <= well.to)
        return starts.some(from =>
          ends.some(to => {
            const within = { from: from - allow.recovery, to }
            const count = faults.filter(fault => overlaps(fault, within)).length
            return to - from >= least + allow.recovery * Math.max(0, count - forgiven)
          }),
        )
      })
    },
    transportMs(provider, arrivedAt) {
      const within = { from: arrivedAt - allow.transport, to: arrivedAt }
      const held = [...troublesOf(provider, within), ...troublesOf('machine', within)]
      return held.reduce((sum, { from, to }) => sum + Math.min(to, arrivedAt) - from, allow.transport)
    },
  }
}
