/** @import { AttemptView, CallView, DeviceView, RingView } from './types.d.ts' */
import { el, show, withAttributes } from './dom.js'
import { badge, explain } from './verdict.js'
import { arrivedAt, clock, phoneName, recipientsOf, span, toneOf } from './words.js'

/**
 * Creates the card of one call: a line, and below it, when it is open, each phone with its verdict and the timeline.
 *
 * @param {string} sessionId
 */
export function createCallCard(sessionId) {
  const summary = document.createElement('summary')
  const body = el('div.body')
  const details = /** @type {HTMLDetailsElement} */ (el('details.call', summary, body))
  const item = el('li', details)
  /** @type {CallView | undefined} */
  let call
  const showBody = () => {
    // A closed card has no content, so that hundreds of calls cost little.
    if (call && details.open) show(body, call, () => content(/** @type {CallView} */ (call)))
  }
  details.addEventListener('toggle', showBody)

  return {
    item,
    sessionId,
    open: () => {
      details.open = true
    },
    /**
     * @param {CallView} next
     * @param {number} now epoch ms, by the server's clock
     */
    render(next, now) {
      call = next
      const left = secondsLeft(next, now)
      show(summary, [next, left], () => line(next, left))
      details.classList.toggle('live', left > 0)
      showBody()
    },
  }
}

/**
 * How long the call still rings, s. 0: it does not.
 *
 * @param {CallView} call
 * @param {number} now
 */
function secondsLeft({ rings }, now) {
  const ends = rings.filter(({ state }) => state === 'ringing').map(({ deadline }) => Date.parse(deadline))
  return Math.max(0, Math.ceil((Math.max(0, ...ends) - now) / 1_000))
}

/**
 * @param {CallView} call
 * @param {number} left
 */
function line(call, left) {
  const at = arrivedAt(call)
  const states = [...new Set(call.rings.map(({ state }) => state))].join(', ')
  const phones = call.rings.flatMap(({ devices }) => devices)
  const rang = phones.filter(({ verdict }) => toneOf(verdict.code) === 'good').length
  const share = phones.length > 1 && rang < phones.length ? `${rang} of ${phones.length} phones · ` : ''
  return [
    at === undefined ? el('span.time', '–') : withAttributes(el('time', clock(at)), { datetime: at }),
    el('strong.whom', `To ${recipientsOf(call)}`),
    el('span.state', `${share}${left > 0 ? `ringing, ${left} s left` : states}`),
    badge(call.verdict),
  ]
}

/** @param {CallView} call */
function content(call) {
  const phones = call.rings.flatMap(({ devices }) => devices)
  return [
    el('p.session', 'Session ', el('code', call.sessionId), call.appId ? ` of app ${call.appId}` : undefined),
    ...(call.note === undefined ? [] : [el('p.note', `Note: ${call.note}`)]),
    ...(phones.length === 0 && call.rings.length === 0 ? [explain(call.verdict)] : []),
    ...call.rings.map(ringSection),
    ...(call.timeline.length > 0 ? [timelineOf(call)] : []),
  ]
}

/** @param {RingView} ring */
function ringSection(ring) {
  const { recipient, state, note, devices, verdict } = ring
  return el(
    'section.ring',
    el('h3', recipient, ' ', el('span.state', state)),
    note === undefined ? undefined : el('p.note', `Note: ${note}`),
    devices.length === 0 ? explain(verdict) : el('ul.phones', ...devices.map(device => phone(device, ring))),
  )
}

/**
 * @param {DeviceView} device
 * @param {RingView} ring
 */
function phone(device, ring) {
  const { deviceId, provider, pushId, verdict, attempts, receipts } = device
  const ids = [provider && `by ${provider}`, `device ${deviceId}`, pushId && `push id ${pushId}`]
  return el(
    'li.phone',
    el('h4', phoneName(device)),
    explain(verdict),
    attempts.length === 0 ? undefined : lane(attempts, ring),
    attempts.length === 0 ? undefined : el('ol.attempts', ...attempts.map(one => el('li', attemptLine(one)))),
    ...receipts.map(({ event, ms }) => el('p.receipt', `Reported ${event} ${span(ms)} after the webhook`)),
    el('p.ids', ids.filter(Boolean).join(' · ')),
  )
}

/** @param {AttemptView} attempt */
function attemptLine({ attempt, ms, tookMs, leftMs, words }) {
  if (ms === undefined) return `Attempt ${attempt}: ${words}`
  const sent = `sent after ${span(ms)} with ${span(leftMs ?? 0)} left`
  return `Attempt ${attempt}: ${sent}, ${words}${tookMs === undefined ? '' : ` after ${span(tookMs)}`}`
}

/**
 * The attempts on one axis from the webhook to the deadline. The list below it says the same in words.
 *
 * @param {AttemptView[]} attempts
 * @param {RingView} ring
 */
function lane(attempts, { receivedAt, deadline }) {
  const whole = Math.max(1, Date.parse(deadline) - Date.parse(receivedAt))
  const ticks = attempts
    .filter(({ ms }) => ms !== undefined)
    .map(({ ms = 0, tookMs = 0, outcome }) => {
      const tick = withAttributes(el('i'), { 'data-outcome': outcome })
      tick.style.setProperty('--from', String((100 * ms) / whole))
      tick.style.setProperty('--to', String((100 * (ms + tookMs)) / whole))
      return tick
    })
  return withAttributes(el('div.lane', ...ticks, el('span.end', span(whole))), { 'aria-hidden': 'true' })
}

/** @param {CallView} call */
function timelineOf({ timeline }) {
  const rows = timeline.map(({ at, ms, what, recipient, deviceId }) =>
    el(
      'tr',
      withAttributes(el('td.ms', `+${ms} ms`), { title: at }),
      el('td', what),
      el('td.who', [recipient, deviceId].filter(Boolean).join(' ')),
    ),
  )
  const heads = ['After', 'What', 'Whose'].map(name => withAttributes(el('th', name), { scope: 'col' }))
  return el(
    'section.timeline',
    el('h3', 'Timeline'),
    withAttributes(
      el('div.scroll', el('table', el('thead', el('tr', ...heads)), el('tbody', ...rows))),
      // The keyboard must be able to scroll it.
      { tabindex: '0', role: 'region', 'aria-label': 'Timeline' },
    ),
  )
}
