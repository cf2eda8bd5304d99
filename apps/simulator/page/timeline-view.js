/** @import { CallView, PhoneTimeline, Snapshot } from './types.d.ts' */
import { find, make, write } from './element.js'
import { milliseconds, phoneName } from './words.js'

const phones = /** @type {const} */ (['iphone', 'android'])
const steps = /** @type {const} */ ([
  { name: 'Webhook', what: 'leaves CometChat', shared: true, key: 'webhook' },
  { name: 'Stored', what: 'the ingress answers', shared: true, key: 'stored' },
  { name: 'Dequeued', what: 'a worker takes it', shared: true, key: 'dequeued' },
  { name: 'Sent', what: 'to Apple and Google', shared: false, key: 'sent' },
  { name: 'Rings', what: 'the phone shows it', shared: false, key: 'rang' },
  { name: 'Accepted', what: 'the worker hears so', shared: false, key: 'accepted' },
])

/** A quiet queue for this long means that nobody works on it. */
const patienceMs = 3_000

/** The table of steps: one row each, a bar from the step before, and milliseconds per phone where they differ. */
export function createTimelineView() {
  const rows = steps.map(step => {
    const row = document.createElement('tr')
    const heading = make('th', '', step.name)
    heading.setAttribute('scope', 'row')
    heading.append(make('small', '', step.what))
    const graph = make('td', 'graph')
    graph.setAttribute('aria-hidden', 'true')
    const lanes = (step.shared ? ['shared'] : phones).map(name => {
      const lane = make('div', `lane ${name}`)
      lane.append(document.createElement('i'))
      graph.append(lane)
      return lane
    })
    const values = step.shared
      ? [make('td', 'value shared')]
      : phones.map(name => make('td', `value ${name}`))
    if (step.shared) values[0]?.setAttribute('colspan', '2')
    row.append(heading, graph, ...values)
    find('#steps').append(row)
    return { step, lanes, values }
  })

  return {
    /** @param {Snapshot} snapshot */
    render({ call }) {
      const times = steps.map(step => timesOf(call, step))
      const known = times.flat().filter(time => time !== undefined)
      const scale = Math.max(1, ...known)
      for (const [index, { step, lanes, values }] of rows.entries()) {
        for (const [lane, element] of lanes.entries()) {
          const to = times[index]?.[lane]
          draw(element, to, before(times, index, step.shared ? 0 : lane), scale)
          write(
            /** @type {Element} */ (values[lane]),
            to === undefined ? (call ? '–' : '') : milliseconds(to),
          )
        }
      }
      renderProblems(call)
    },
    /**
     * @param {Snapshot} snapshot
     * @param {number} now
     */
    tick({ call }, now) {
      const { text, strong, warn } = headline(call, now)
      const element = find('#headline')
      const shown = `${strong ?? ''}${text}`
      if (element.textContent === shown) return
      element.classList.toggle('warn', warn === true)
      element.replaceChildren(...(strong ? [make('strong', '', strong)] : []), text)
    },
  }
}

/**
 * @param {CallView | undefined} call
 * @param {(typeof steps)[number]} step
 * @returns {(number | undefined)[]}
 */
function timesOf(call, step) {
  if (!call) return []
  if (step.key === 'webhook') return [call.placedHere ? 0 : undefined]
  if (step.shared) return [call.timeline[step.key]]
  return call.timeline.phones.map(phone => phone[step.key])
}

/**
 * The time of the nearest earlier step that is known, of the same phone.
 *
 * @param {(number | undefined)[][]} times
 * @param {number} index
 * @param {number} lane
 */
function before(times, index, lane) {
  for (let earlier = index - 1; earlier >= 0; earlier -= 1) {
    const time = times[earlier]?.[steps[earlier]?.shared ? 0 : lane]
    if (time !== undefined) return time
  }
  return 0
}

/**
 * @param {HTMLElement} lane
 * @param {number | undefined} to
 * @param {number} from
 * @param {number} scale
 */
function draw(lane, to, from, scale) {
  lane.hidden = to === undefined
  lane.style.setProperty('--from', String((100 * Math.min(from, to ?? 0)) / scale))
  lane.style.setProperty('--to', String((100 * (to ?? 0)) / scale))
}

/**
 * @param {CallView | undefined} call
 * @param {number} now
 * @returns {{ strong?: string, text: string, warn?: boolean }}
 */
function headline(call, now) {
  if (!call) return { text: 'Place a call to see where its milliseconds go.' }
  const rang = call.timeline.phones.map(phone => phone.rang).filter(time => time !== undefined)
  if (rang.length > 0) {
    const which = rang.length === 2 ? 'both phones ring' : 'one phone rings'
    return { strong: milliseconds(Math.max(...rang)), text: ` until ${which}` }
  }
  if (call.phase !== 'ringing') return { text: 'No phone rang.', warn: true }
  const late = now - call.startedAt > patienceMs
  if (call.timeline.stored === undefined) {
    return { text: late ? 'The ingress has not stored it yet.' : 'On its way…', warn: late }
  }
  if (call.timeline.dequeued !== undefined) return { text: 'Dequeued…' }
  return { text: late ? 'Stored, but no worker has taken it: is one running?' : 'Stored…', warn: late }
}

/** @param {CallView | undefined} call */
function renderProblems(call) {
  const told = (call?.timeline.phones ?? []).filter(({ problem }) => problem !== undefined)
  const retried = (call?.timeline.phones ?? []).filter(({ failed }) => failed !== undefined)
  find('#problems').replaceChildren(...told.map(problemLine), ...retried.map(retryLine))
}

/** @param {PhoneTimeline} phone */
function problemLine({ phone, problem, attempt }) {
  const which = attempt !== undefined && attempt > 1 ? ` (attempt ${attempt})` : ''
  return make('li', '', `${phoneName(phone)}${which}: ${problem}`)
}

/** @param {PhoneTimeline} phone */
function retryLine({ phone, attempt = 0, failed, apnsIds }) {
  const [id] = apnsIds
  const same = apnsIds.length > 1 && apnsIds.every(other => other === id)
  const known = same && id ? `, the same apns-id (${id.slice(0, 8)}…)` : ''
  return make('li', 'retry', `${phoneName(phone)}: attempt ${attempt}${known}. Before it: ${failed}.`)
}
