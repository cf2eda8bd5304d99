/** @import { QueueView, StatusView, WorkerView } from './types.d.ts' */
import { byId, el, show, withAttributes } from './dom.js'
import { clock, counted, span } from './words.js'

/** Shows the queues, the workers that are alive, and the queues that some of them leave to others. */
export function createQueuesView() {
  return {
    /** @param {StatusView} status */
    render({ queues, workers, breakers }) {
      show(byId('queues'), queues, () => queues.map(queueRow))
      // What workers leave to others is listed below them.
      const others = queues.filter(({ name }) => !breakers.some(({ queue }) => queue === name))
      const problems = others.flatMap(({ name, problem }) => (problem ? [{ name, ...problem }] : []))
      show(byId('queue-problems'), problems, () =>
        problems.map(({ name, sentence, fix }) => problem(name, sentence, fix)),
      )
      byId('no-workers').hidden = workers.length > 0
      show(byId('workers-count'), workers.length, () =>
        workers.length === 0 ? [] : [`${workers.length} alive`],
      )
      show(byId('workers'), workers.map(steady), () => workers.map(workerItem))
      byId('breakers-heading').hidden = workers.length === 0
      byId('no-breakers').hidden = breakers.length > 0 || workers.length === 0
      show(byId('breakers'), breakers, () =>
        breakers.map(({ queue, sentence, fix }) => problem(queue, sentence, fix)),
      )
    },
  }
}

/** @param {QueueView} queue */
function queueRow({ name, waiting, active, oldestMs, workers, problem }) {
  const row = el(
    'tr',
    withAttributes(el('th', name), { scope: 'row' }),
    el('td', waiting.toLocaleString('en')),
    el('td', active.toLocaleString('en')),
    el('td', oldestMs === 0 ? '–' : span(oldestMs)),
    el('td', String(workers)),
  )
  return withAttributes(row, { 'data-tone': problem ? 'fault' : 'good' })
}

/** @param {string} queue @param {string} sentence @param {string} fix */
const problem = (queue, sentence, fix) =>
  el('li', el('p.sentence', el('strong', queue), ' ', sentence), el('p.fix', el('strong', 'Fix: '), fix))

/**
 * What is shown of a worker. Its last beat is not, so that a list which has not changed is left alone.
 *
 * @param {WorkerView} worker
 */
const steady = ({ id, version, runsMs, queues, leaves }) => [id, version, span(runsMs), queues, leaves]

/** @param {WorkerView} worker */
function workerItem({ id, version, startedAt, runsMs, queues, leaves }) {
  const since = withAttributes(el('span.state', `for ${span(runsMs)}, version ${version}`), {
    title: `since ${clock(startedAt)}`,
  })
  const left = leaves.length > 0 ? el('p.fix', `leaves to others: ${leaves.join(', ')}`) : undefined
  const item = el(
    'li',
    el('p', el('strong', id.slice(0, 8)), ' ', since),
    el('p.ids', queues.length > 0 ? queues.join(', ') : `takes from ${counted(0, 'queue')}`),
    left,
  )
  return withAttributes(item, { 'data-tone': leaves.length > 0 ? 'fault' : 'good' })
}
