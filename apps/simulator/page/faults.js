/** @import { ProviderId } from './types.d.ts' */

/**
 * A fault in the words of the page. `title`: what happens. `text`: what Ringer does then, and what it promises.
 *
 * @typedef {{ fault: string, title: string, text: string }} FaultText
 */

/** @type {Record<ProviderId, string>} */
export const companyNames = { apns: 'Apple', fcm: 'Google' }

const backoff = 'Ringer tries again after 250 ms, 500 ms and 1 s. The phone rings within 4 s.'
const oneCall =
  'The phone rings within 3 s. Ringer may send the push again, and the phone still shows one call.'
const lateAnswer = 'The phone rings within 3 s. Ringer gets the answer a second later.'
const retryAfter = 'The next attempt starts after 2 s, not sooner. The phone rings within 5 s.'
const secondPush = 'Ringer sends the push a second time on another connection. The phone rings within 3 s.'

/**
 * Faults of the next pushes.
 *
 * @type {Record<ProviderId, FaultText[]>}
 */
export const pushFaults = {
  apns: [
    { fault: 'hang', title: 'No answer at all', text: secondPush },
    { fault: '500', title: 'Apple fails three times (500)', text: backoff },
    { fault: '503', title: 'Apple is overloaded three times (503)', text: backoff },
    { fault: '429', title: 'Apple asks for a 2 s pause (429)', text: retryAfter },
    { fault: 'latency', title: 'A late answer (1 s)', text: lateAnswer },
    { fault: 'lost-answer', title: 'The answer is lost', text: oneCall },
    { fault: 'endless-body', title: 'The answer never ends', text: oneCall },
    {
      fault: 'reset',
      title: 'The stream breaks (reset)',
      text: 'The push may have arrived. Ringer sends it again with the same id. The phone rings within 3 s.',
    },
    {
      fault: 'refused-stream',
      title: 'Apple refuses the stream',
      text: 'The push was certainly not processed. Ringer sends it again at once. The phone rings within 3 s.',
    },
    {
      fault: 'goaway',
      title: 'Apple closes the connection (GOAWAY)',
      text: 'Ringer sends the push again at once, on a new connection. The phone rings within 3 s.',
    },
    {
      fault: 'late-delivery',
      title: 'Apple delivers late',
      text: 'Apple says 200, and the iPhone gets the push 2 s later, when Alice has hung up. It asks Ringer and takes the call back at once: it does not ring, and shows a missed call.',
    },
    {
      fault: 'focus',
      title: 'The iPhone is in Focus',
      text: 'Apple says 200, and the iPhone does not ring. It reports “suppressed”, so Ringer knows why.',
    },
    {
      fault: 'unregistered',
      title: 'The token is dead (410)',
      text: 'Ringer deletes it. The iPhone does not ring until its app registers again, which Repair makes it do.',
    },
    {
      fault: 'stale-unregistered',
      title: 'The token died yesterday (410)',
      text: 'The iPhone does not ring for this call. Its app has registered since, so Ringer keeps the token.',
    },
  ],
  fcm: [
    { fault: 'hang', title: 'No answer at all', text: secondPush },
    { fault: '500', title: 'Google fails three times (500)', text: backoff },
    { fault: '503', title: 'Google is overloaded three times (503)', text: backoff },
    { fault: '429', title: 'Google asks for a 2 s pause (429)', text: retryAfter },
    { fault: 'latency', title: 'A late answer (1 s)', text: lateAnswer },
    { fault: 'lost-answer', title: 'The answer is lost', text: oneCall },
    { fault: 'endless-body', title: 'The answer never ends', text: oneCall },
    {
      fault: 'reset',
      title: 'The connection breaks (reset)',
      text: 'The push may have arrived. Ringer sends it again after 250 ms. The phone rings within 3 s.',
    },
    {
      fault: 'unregistered',
      title: 'The token is dead (404)',
      text: 'Ringer deletes it. The phone does not ring until its app registers again, which Repair makes it do.',
    },
  ],
}

const refuse = {
  fault: 'refuse-connections',
  title: 'Refuse new connections',
  text: 'Open connections keep working. The phone rings within 3 s.',
}
const cut = {
  fault: 'drop-connections',
  title: 'Cut every connection',
  text: 'The push opens a new connection. The phone rings within 3 s.',
}

/**
 * Faults of connections.
 *
 * @type {Record<ProviderId, FaultText[]>}
 */
export const connectionFaults = {
  apns: [
    {
      fault: 'freeze',
      title: 'Freeze Apple’s connections',
      text: 'They stay open, and nothing gets through. Ringer opens new ones. The iPhone rings within 3 s.',
    },
    refuse,
    cut,
    {
      fault: 'stream-limit-1',
      title: 'One push at a time',
      text: 'Apple’s stream limit becomes 1. Pushes wait their turn. The phone rings within 3 s.',
    },
  ],
  fcm: [
    {
      fault: 'freeze',
      title: 'Freeze Google’s connections',
      text: 'They stay open, and nothing gets through. Ringer opens new ones. The phone rings within 3 s.',
    },
    refuse,
    cut,
  ],
}

/**
 * The faults that show the most, for the top of the list.
 *
 * @type {{ provider: ProviderId, fault: string }[]}
 */
export const best = [
  { provider: 'apns', fault: 'freeze' },
  { provider: 'apns', fault: 'late-delivery' },
]

/** @param {ProviderId} provider @param {string} fault */
export function findFault(provider, fault) {
  return [...pushFaults[provider], ...connectionFaults[provider]].find(entry => entry.fault === fault)
}

/** @param {ProviderId} provider @param {string} fault */
export function titleOf(provider, fault) {
  if (fault === 'token-dead') return 'The token is deleted'
  return findFault(provider, fault)?.title ?? fault
}
