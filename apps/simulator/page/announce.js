import { find } from './element.js'

/** Sentences of one moment are said together: a second write to a live region would cut off the first. */
const sayings = { now: '', soon: '' }
const momentMs = 150

/**
 * Says a sentence to those who cannot see the page.
 *
 * @param {string} sentence
 * @param {boolean} urgent whether it may interrupt
 */
export function say(sentence, urgent) {
  const kind = urgent ? 'now' : 'soon'
  if (sayings[kind] === '') setTimeout(speak, momentMs, kind)
  sayings[kind] += ` ${sentence}`
}

/** @param {'now' | 'soon'} kind */
function speak(kind) {
  find(kind === 'now' ? '#announce-ring' : '#announce').textContent = sayings[kind].trim()
  sayings[kind] = ''
}
