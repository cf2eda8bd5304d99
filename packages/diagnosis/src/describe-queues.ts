import type { QueueFigures } from '@ringer/service'
import { CALLS, EVENTS, GROUPS, type LivingWorker } from '@ringer/store'
import { verdictOf } from './verdict-of.ts'

/** As the worker's readiness: a job that has waited for this long rings late or not at all. */
const TOO_OLD_MS = 10_000

/** What is wrong with a queue, and what to do about it. */
export interface QueueProblem {
  sentence: string
  fix: string
}

export interface QueueView extends QueueFigures {
  name: string
  /** How many workers take jobs from it. */
  workers: number
  problem?: QueueProblem
}

/** A queue that workers leave to others, because they cannot reach its provider. */
export interface Breaker extends QueueProblem {
  queue: string
  /** The ids of these workers. */
  leftBy: string[]
  /** How many others take its jobs. */
  takenBy: number
}

type Worker = Pick<LivingWorker, 'id' | 'queues' | 'leaves'>

/** Describes all queues by what waits in them and by who takes it. */
export function describeQueues(
  figures: ReadonlyMap<string, QueueFigures>,
  workers: readonly Worker[],
): { queues: QueueView[]; breakers: Breaker[] } {
  const takersOf = (queue: string) => workers.filter(({ queues }) => queues.includes(queue)).length
  const breakers = Array.from(figures.keys(), queue => ({
    queue,
    leftBy: workers.filter(({ leaves }) => leaves.includes(queue)).map(({ id }) => id),
    takenBy: takersOf(queue),
  }))
    .filter(({ leftBy }) => leftBy.length > 0)
    .map(breaker => ({ ...breaker, ...explain(breaker) }))
  const queues = Array.from(figures, ([name, found]) => {
    const takers = takersOf(name)
    const { sentence, fix } = breakers.find(({ queue }) => queue === name && takers === 0) ?? {}
    const problem = sentence && fix ? { sentence, fix } : problemOf(name, found, takers)
    return { name, ...found, workers: takers, ...(problem && { problem }) }
  })
  return { queues, breakers }
}

/** A provider's queue that nobody takes jobs from is no problem while it is empty: the provider may not be configured. */
function problemOf(name: string, { waiting, oldestMs }: QueueFigures, takers: number) {
  const isAboutCalls = name === CALLS || name === GROUPS
  if (takers === 0 && isAboutCalls) {
    return { sentence: 'No worker takes calls from this queue.', fix: verdictOf({ code: 'no-worker' }).fix }
  }
  if (takers === 0 && waiting > 0) {
    const fix =
      'Start a worker that has the settings for this queue and, if WORKER_QUEUES is set, names it there.'
    return { sentence: 'Jobs wait, and no worker takes them from this queue.', fix }
  }
  if (oldestMs <= TOO_OLD_MS) return undefined
  if (name === EVENTS) {
    const fix =
      'Rings are not delayed. Look at the log of the workers: the app’s backend (RINGER_EVENTS_URL) may be slow.'
    return { sentence: `An event has waited for ${Math.round(oldestMs / 1_000)} s.`, fix }
  }
  return {
    sentence: `A job has waited for ${Math.round(oldestMs / 1_000)} s.`,
    fix: 'Start more workers, or look at the log of the workers: the provider or Redis may be slow.',
  }
}

function explain({ leftBy, takenBy }: Omit<Breaker, keyof QueueProblem>): QueueProblem {
  const sentence =
    takenBy > 0
      ? `${leftBy.length} of ${leftBy.length + takenBy} workers cannot reach the provider and leave its pushes to the others.`
      : 'No worker reaches the provider, so its phones get no pushes.'
  const fix =
    'Check that the workers reach the provider: npm run ringer -- doctor. The log of the workers names the reason.'
  return { sentence, fix }
}
