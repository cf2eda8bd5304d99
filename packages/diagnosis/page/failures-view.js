/** @import { CallView, StatusView, Verdict } from './types.d.ts' */
import { byId, el, show, withAttributes } from './dom.js'
import { explain } from './verdict.js'
import { clock, counted, phoneName, toneOf } from './words.js'

/** How many of a kind are listed one by one. */
const LISTED = 5

/**
 * @typedef {{ sessionId: string, at: string, who: string, reason: string }} FailedRing
 * @typedef {{ verdict: Verdict, failures: FailedRing[] }} Kind
 */

/**
 * Shows the pushes that failed and the people who were not rung, by diagnosis, with what to do.
 *
 * @param {(sessionId: string) => void} find shows one call
 */
export function createFailuresView(find) {
  return {
    /**
     * @param {CallView[]} calls the newest calls
     * @param {StatusView} status
     */
    render(calls, status) {
      const kinds = kindsOf(calls)
      const counts = countsOf(status)
      byId('no-failures').hidden = kinds.length > 0
      const sinceStart = kinds.map(({ verdict }) => counts.get(verdict.code))
      show(byId('failures'), [kinds, sinceStart], () =>
        kinds.map((kind, index) => section(kind, sinceStart[index], find)),
      )
    },
  }
}

/**
 * @param {CallView[]} calls
 * @returns {Kind[]} the one with the newest failure first
 */
function kindsOf(calls) {
  /** @type {Map<string, Kind>} by the sentence: the same diagnosis may have several causes */
  const kinds = new Map()
  /** @param {Verdict} verdict @param {FailedRing} failure */
  const add = (verdict, failure) => {
    if (toneOf(verdict.code) !== 'fault') return
    const kind = kinds.get(verdict.sentence) ?? { verdict, failures: [] }
    kind.failures.push(failure)
    kinds.set(verdict.sentence, kind)
  }
  for (const { sessionId, rings, verdict, timeline } of calls) {
    if (rings.length === 0) {
      add(verdict, { sessionId, at: timeline[0]?.at ?? '', who: 'nobody', reason: '' })
    }
    for (const { recipient, receivedAt: at, devices, verdict } of rings) {
      if (devices.length === 0) add(verdict, { sessionId, at, who: recipient, reason: '' })
      for (const device of devices) {
        const { status, reason } = device.attempts.at(-1) ?? {}
        const words = [status, reason].filter(part => part !== undefined).join(' ')
        add(device.verdict, { sessionId, at, who: `${recipient}’s ${phoneName(device)}`, reason: words })
      }
    }
  }
  return [...kinds.values()]
}

/**
 * How often this process saw each diagnosis since it started. Only workers know.
 *
 * @param {StatusView} status
 */
function countsOf({ figures }) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { metric, labels, count } of figures.counts) {
    if (metric !== 'ringer_ring_ends_total') continue
    const code = labels.diagnosis ?? ''
    counts.set(code, (counts.get(code) ?? 0) + count)
  }
  return counts
}

/**
 * @param {Kind} kind
 * @param {number | undefined} count
 * @param {(sessionId: string) => void} find
 */
function section({ verdict, failures }, count, find) {
  const lines = failures.slice(0, LISTED).map(({ sessionId, at, who, reason }) => {
    const button = withAttributes(el('button.link', who), {
      type: 'button',
      'aria-label': `Show the call to ${who}`,
    })
    button.addEventListener('click', () => find(sessionId))
    const time = at === '' ? undefined : withAttributes(el('time', clock(at)), { datetime: at })
    return el('li', time, button, el('span.reason', reason))
  })
  const more = failures.length > LISTED ? [el('li', `and ${failures.length - LISTED} more`)] : []
  const since = count === undefined ? undefined : `${counted(count, 'time')} since this worker started`
  return el(
    'li',
    explain(verdict),
    el('ul.failed', ...lines, ...more),
    since === undefined ? undefined : el('p.ids', since),
  )
}
