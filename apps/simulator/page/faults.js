/** @import { ProviderId } from './types.d.ts' */

/**
 * What can be broken, in the words of the page: what happens, and what Ringer makes of it.
 *
 * @typedef {{ fault: string, title: string, text: string }} Fault
 */

/** @type {Record<ProviderId, string>} */
export const providerNames = { apns: 'Apple', fcm: 'Google' }

const backoff = 'Tried again after 250 ms, 500 ms, 1 s, 2 s, then every 4 s, while the call rings.'
const oneCall = 'The phone rings. The push is sent again all the same, and the phone shows one call.'

/**
 * What befalls the next pushes.
 *
 * @type {Record<ProviderId, Fault[]>}
 */
export const pushFaults = {
  apns: [
    {
      fault: 'latency',
      title: 'A late answer (1 s)',
      text: 'The phone rings at once. Ringer hears of it 1 s later.',
    },
    {
      fault: '429',
      title: 'Apple asks for 2 s (429)',
      text: 'The next attempt comes 2 s later, not sooner.',
    },
    { fault: '500', title: 'Apple fails (500)', text: backoff },
    { fault: '503', title: 'Apple is overloaded (503)', text: backoff },
    {
      fault: 'hang',
      title: 'No answer at all',
      text: 'Given up after 2 s, and sent again with the same id.',
    },
    { fault: 'lost-answer', title: 'The answer is lost', text: oneCall },
    {
      fault: 'endless-body',
      title: 'An answer without an end',
      text: 'The phone rings. Its status counts; after 2 s nobody waits for the rest.',
    },
    {
      fault: 'reset',
      title: 'The stream breaks (reset)',
      text: 'It may have arrived: sent again after 250 ms, with the same id.',
    },
    {
      fault: 'refused-stream',
      title: 'Apple refuses the stream',
      text: 'Surely not processed: sent again at once.',
    },
    {
      fault: 'goaway',
      title: 'Apple says goodbye (GOAWAY)',
      text: 'Sent again at once, on a new connection.',
    },
    {
      fault: 'unregistered',
      title: 'The token is dead (410)',
      text: 'The iPhone is forgotten, and does not ring until its app registers anew: Clear has it do so.',
    },
    {
      fault: 'stale-unregistered',
      title: 'A notice of yesterday (410)',
      text: 'This call does not ring there. The iPhone has registered since, so it is kept for the next.',
    },
  ],
  fcm: [
    {
      fault: 'latency',
      title: 'A late answer (1 s)',
      text: 'The phone rings at once. Ringer hears of it 1 s later.',
    },
    {
      fault: '429',
      title: 'Google asks for 2 s (429)',
      text: 'The next attempt comes 2 s later, not sooner.',
    },
    { fault: '500', title: 'Google fails (500)', text: backoff },
    { fault: '503', title: 'Google is overloaded (503)', text: backoff },
    { fault: 'hang', title: 'No answer at all', text: 'Given up after 3 s, and sent again.' },
    { fault: 'lost-answer', title: 'The answer is lost', text: oneCall },
    { fault: 'endless-body', title: 'An answer without an end', text: oneCall },
    {
      fault: 'reset',
      title: 'The connection breaks (reset)',
      text: 'It may have arrived: sent again after 250 ms.',
    },
    {
      fault: 'unregistered',
      title: 'The token is dead (404)',
      text: 'The phone is forgotten, and does not ring until its app registers anew: Clear has it do so.',
    },
  ],
}

const refuse = {
  fault: 'refuse-connections',
  title: 'Refuse new connections',
  text: 'Open ones go on. Without one, attempts follow each other while the call rings.',
}
const cut = {
  fault: 'drop-connections',
  title: 'Cut every connection',
  text: 'The next push opens a new one.',
}

/**
 * What befalls connections.
 *
 * @type {Record<ProviderId, Fault[]>}
 */
export const connectionFaults = {
  apns: [
    {
      fault: 'freeze',
      title: 'Freeze what is open',
      text: 'Nothing goes through, nobody hangs up: the ring leaves on a new connection within 3 s.',
    },
    refuse,
    cut,
    {
      fault: 'stream-limit-1',
      title: 'One push at a time',
      text: 'Apple’s stream limit is 1: pushes wait their turn, and none is lost.',
    },
  ],
  fcm: [
    {
      fault: 'freeze',
      title: 'Freeze what is open',
      text: 'Nothing goes through: given up after 3 s, and sent again until a new connection carries it.',
    },
    refuse,
    cut,
  ],
}

/**
 * What takes a lasting fault back.
 *
 * @type {Record<string, string>}
 */
export const endOf = {
  freeze: 'thaw',
  'refuse-connections': 'accept-connections',
  'stream-limit-1': 'stream-limit-1000',
}

/** @param {ProviderId} provider @param {string} fault */
export function titleOf(provider, fault) {
  if (fault === 'token-dead') return 'The phone is forgotten'
  const known = [...pushFaults[provider], ...connectionFaults[provider]].find(entry => entry.fault === fault)
  return known?.title ?? fault
}
