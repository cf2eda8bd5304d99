/** @import { ProviderId } from './types.d.ts' */

/**
 * A fault in the words of the page. `title`: what happens. `text`: what Ringer does then.
 *
 * @typedef {{ fault: string, title: string, text: string }} Fault
 */

/** @type {Record<ProviderId, string>} */
export const providerNames = { apns: 'Apple', fcm: 'Google' }

const backoff = 'Ringer tries again after 250 ms, 500 ms, 1 s, 2 s, then every 4 s, while the call rings.'
const oneCall = 'The phone rings. Ringer sends the push again, and the phone still shows one call.'
const lateAnswer = 'The phone rings at once. Ringer gets the answer 1 s later.'
const retryAfter = 'The next attempt starts after 2 s, not sooner.'

/**
 * Faults of the next pushes.
 *
 * @type {Record<ProviderId, Fault[]>}
 */
export const pushFaults = {
  apns: [
    { fault: 'latency', title: 'A late answer (1 s)', text: lateAnswer },
    { fault: '429', title: 'Apple asks for a 2 s pause (429)', text: retryAfter },
    { fault: '500', title: 'Apple fails (500)', text: backoff },
    { fault: '503', title: 'Apple is overloaded (503)', text: backoff },
    {
      fault: 'hang',
      title: 'No answer at all',
      text: 'Ringer gives up after 2 s, and sends the push again with the same id.',
    },
    { fault: 'lost-answer', title: 'The answer is lost', text: oneCall },
    {
      fault: 'endless-body',
      title: 'The answer never ends',
      text: 'The phone rings. Ringer uses the status, and stops waiting for the rest after 2 s.',
    },
    {
      fault: 'reset',
      title: 'The stream breaks (reset)',
      text: 'The push may have arrived. Ringer sends it again after 250 ms, with the same id.',
    },
    {
      fault: 'refused-stream',
      title: 'Apple refuses the stream',
      text: 'The push was certainly not processed. Ringer sends it again at once.',
    },
    {
      fault: 'goaway',
      title: 'Apple closes the connection (GOAWAY)',
      text: 'Ringer sends the push again at once, on a new connection.',
    },
    {
      fault: 'unregistered',
      title: 'The token is dead (410)',
      text: 'Ringer deletes it. The iPhone does not ring until its app registers again, which Clear makes it do.',
    },
    {
      fault: 'stale-unregistered',
      title: 'The token died yesterday (410)',
      text: 'The iPhone does not ring for this call. Its app has registered since, so Ringer keeps the token.',
    },
  ],
  fcm: [
    { fault: 'latency', title: 'A late answer (1 s)', text: lateAnswer },
    { fault: '429', title: 'Google asks for a 2 s pause (429)', text: retryAfter },
    { fault: '500', title: 'Google fails (500)', text: backoff },
    { fault: '503', title: 'Google is overloaded (503)', text: backoff },
    {
      fault: 'hang',
      title: 'No answer at all',
      text: 'Ringer gives up after 3 s, and sends the push again.',
    },
    { fault: 'lost-answer', title: 'The answer is lost', text: oneCall },
    { fault: 'endless-body', title: 'The answer never ends', text: oneCall },
    {
      fault: 'reset',
      title: 'The connection breaks (reset)',
      text: 'The push may have arrived. Ringer sends it again after 250 ms.',
    },
    {
      fault: 'unregistered',
      title: 'The token is dead (404)',
      text: 'Ringer deletes it. The phone does not ring until its app registers again, which Clear makes it do.',
    },
  ],
}

const refuse = {
  fault: 'refuse-connections',
  title: 'Refuse new connections',
  text: 'Open connections keep working. Without one, Ringer tries again while the call rings.',
}
const cut = {
  fault: 'drop-connections',
  title: 'Cut every connection',
  text: 'The next push opens a new connection.',
}

/**
 * Faults of connections.
 *
 * @type {Record<ProviderId, Fault[]>}
 */
export const connectionFaults = {
  apns: [
    {
      fault: 'freeze',
      title: 'Freeze open connections',
      text: 'They stay open, but nothing gets through. Ringer sends the push on a new one within 3 s.',
    },
    refuse,
    cut,
    {
      fault: 'stream-limit-1',
      title: 'One push at a time',
      text: 'Apple’s stream limit becomes 1. Pushes wait their turn, and none is lost.',
    },
  ],
  fcm: [
    {
      fault: 'freeze',
      title: 'Freeze open connections',
      text: 'Nothing gets through. Ringer gives up after 3 s, and sends the push again on a new connection.',
    },
    refuse,
    cut,
  ],
}

/**
 * The action that undoes a lasting fault.
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
  if (fault === 'token-dead') return 'The token is deleted'
  const known = [...pushFaults[provider], ...connectionFaults[provider]].find(entry => entry.fault === fault)
  return known?.title ?? fault
}
