import { find } from './element.js'

/**
 * Collects the sentences of a short moment, which are announced together: a second write to a live region would cut off
 * the first.
 */
const pending = { now: '', soon: '' }
const MOMENT_MS = 150

/**
 * Announces a sentence to screen readers.
 *
 * @param {string} sentence
 * @param {boolean} urgent whether it may interrupt
 */
export function say(sentence, urgent) {
  const kind = urgent ? 'now' : 'soon'
  if (pending[kind] === '') setTimeout(speak, MOMENT_MS, kind)
  pending[kind] += ` ${sentence}`
}

/** @param {'now' | 'soon'} kind */
function speak(kind) {
  find(kind === 'now' ? '#announce-ring' : '#announce').textContent = pending[kind].trim()
  pending[kind] = ''
}
