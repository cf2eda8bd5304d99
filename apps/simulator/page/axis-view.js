/** @import { PushAttempt, SnapshotCall, PhoneId } from './types.d.ts' */
import { find, make } from './element.js'
import { milliseconds } from './words.js'

/** The marks of the axis, ms. */
const MARKS = [10, 100, 1_000]
const USUAL_DEADLINE_MS = 30_000

/** @type {Record<Exclude<PushAttempt['outcome'], 'unsent'>, string>} */
const outcomes = {
  accepted: 'accepted',
  refused: 'refused',
  unanswered: 'arrived, not answered',
  lost: 'has not arrived',
}

/** @param {PushAttempt} attempt */
function words({ at, outcome, answer }) {
  // Its reason begins with “not sent”.
  const what = outcome === 'unsent' ? (answer ?? 'not sent') : outcomes[outcome]
  return `push ${what}${outcome !== 'unsent' && answer ? ` (${answer})` : ''}, ${milliseconds(at)}`
}

/**
 * Draws a call on one time axis: a lane for what is shared, and one for each phone, with a tick for each push, a dot for the ring,
 * and a small square for each receipt. The axis is logarithmic, because the steps of a call take milliseconds, retries take seconds, and the deadline is 30 s away.
 *
 * @param {SnapshotCall | undefined} call
 * @param {{ id: PhoneId, name: string }[]} lanes the phones that are called
 */
export function renderAxis(call, lanes) {
  const deadline = call?.timeline.deadline ?? USUAL_DEADLINE_MS
  const place = (/** @type {HTMLElement} */ element, /** @type {number} */ at) => {
    element.style.setProperty('--at', String((100 * Math.log10(1 + at)) / Math.log10(1 + deadline)))
    return element
  }
  const scale = make('div', 'scale')
  for (const at of MARKS) scale.append(place(make('span', 'mark', short(at)), at))
  scale.append(place(make('span', 'mark deadline', short(deadline)), deadline))

  const shared = createLane('CometChat', 'shared')
  const { stored, dequeued } = call?.timeline ?? {}
  for (const [name, at] of /** @type {const} */ ([
    ['webhook', call?.placedHere ? 0 : undefined],
    ['stored', stored],
    ['dequeued', dequeued],
  ])) {
    if (at !== undefined) shared.track.append(place(tick('step', `${name}, ${milliseconds(at)}`), at))
  }
  const ofPhones = lanes.map(({ id, name }) => {
    const lane = createLane(name, id)
    const phone = call?.timeline.phones.find(({ phone }) => phone === id)
    for (const attempt of phone?.attempts ?? [])
      lane.track.append(place(tick(attempt.outcome, words(attempt)), attempt.at))
    if (phone?.rang !== undefined) {
      lane.track.append(place(tick('ring', `rings, ${milliseconds(phone.rang)}`), phone.rang))
    }
    for (const { event, at } of phone?.receipts ?? []) {
      lane.track.append(place(tick('receipt', `reports “${event}”, ${milliseconds(at)}`), at))
    }
    return lane
  })
  find('#axis').replaceChildren(...[shared, ...ofPhones].map(({ lane }) => lane), scale)
}

/**
 * @param {string} name
 * @param {string} className
 */
function createLane(name, className) {
  const lane = make('div', `lane ${className}`)
  const track = make('div', 'track')
  lane.append(make('span', 'whose', name), track)
  return { lane, track }
}

/**
 * @param {string} kind
 * @param {string} words
 */
function tick(kind, words) {
  const element = make('i', `tick ${kind}`)
  element.title = words
  return element
}

/** @param {number} ms */
const short = ms => (ms >= 1_000 ? `${Math.round(ms / 1_000)} s` : `${ms} ms`)
