/** @import { CallView, DeviceView, DiagnosisCode, Tone } from './types.d.ts' */

/** All codes that are not listed are faults. */
const tones = /** @type {Partial<Record<DiagnosisCode, Tone>>} */ ({
  shown: 'good',
  accepted: 'good',
  waiting: 'open',
  'waiting-for-provider': 'open',
  'in-flight': 'open',
  retrying: 'open',
  duplicate: 'idle',
  'answered-first': 'idle',
  'ended-first': 'idle',
  'device-moved': 'idle',
})

/**
 * @param {DiagnosisCode} code
 * @returns {Tone}
 */
export const toneOf = code => tones[code] ?? 'fault'

/** @param {DeviceView} device */
export const phoneName = ({ platform }) =>
  ({ ios: 'iPhone', android: 'Android phone', web: 'browser', 'web-fcm': 'browser' })[platform] ?? platform

/**
 * A time span in the unit that suits it.
 *
 * @param {number} ms
 */
export function span(ms) {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} d`
}

/**
 * The time of day, with the date if it is not today.
 *
 * @param {string} instant ISO 8601
 */
export function clock(instant) {
  const date = new Date(instant)
  const time = date.toLocaleTimeString(undefined, { hour12: false })
  return date.toDateString() === new Date().toDateString()
    ? time
    : `${date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })} ${time}`
}

/**
 * Whom a call was for.
 *
 * @param {CallView} call
 */
export function recipientsOf({ rings }) {
  const names = [...new Set(rings.map(({ recipient }) => recipient))]
  if (names.length === 0) return 'nobody yet'
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return `${names.slice(0, 3).join(', ')}${more}`
}

/**
 * When a call arrived, ISO 8601, if that is known.
 *
 * @param {CallView} call
 */
export const arrivedAt = ({ rings, timeline }) => rings[0]?.receivedAt ?? timeline[0]?.at

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [several]
 */
export const counted = (count, one, several = `${one}s`) =>
  `${count.toLocaleString('en')} ${count === 1 ? one : several}`
