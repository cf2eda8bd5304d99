/** @import { SnapshotCall, MidSendKillView, PhoneView, PageState } from './types.d.ts' */
import { titleOf } from './faults.js'

/** @param {string} name */
export const firstName = name => name.split(' ')[0] ?? name

/** @param {{ platform: string }} phone */
export const phoneName = ({ platform }) =>
  platform === 'web' ? 'laptop' : platform === 'ios' ? 'iPhone' : 'Android phone'

/** @type {Partial<Record<string, string>>} */
const hisPhones = { iphone: 'his iPhone', android: 'his Android phone', laptop: 'his laptop' }

/** @param {{ name: string }[]} phones */
export function phonesHeading(phones) {
  const owners = [...new Set(phones.map(({ name }) => firstName(name)))]
  return `${owners.join(' and ')} devices`
}

/** @param {string} callType */
export const kindOf = callType => (callType === 'video' ? 'video call' : 'audio call')

/**
 * Minutes and seconds, as a phone shows how long a call has lasted.
 *
 * @param {number} ms
 */
export function talkTime(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** @param {number | undefined} value */
export function milliseconds(value) {
  if (value === undefined) return ''
  return value >= 1_000 ? `${(value / 1000).toFixed(2)} s` : `${value < 10 ? value : Math.round(value)} ms`
}

/**
 * The status under Alice's name.
 *
 * @param {SnapshotCall | undefined} call
 * @param {number} now
 */
export function callerStatus(call, now) {
  if (!call) return 'Ready to call'
  const whom = call.isGroup ? call.callee : firstName(call.callee)
  switch (call.phase) {
    case 'ringing':
      return `Calling ${whom}… ${talkTime(now - call.startedAt)}`
    case 'answered':
      return `${talkingTo(call)}, ${talkTime(now - (call.answeredAt ?? now))}`
    case 'cancelled':
      return 'Hung up before an answer'
    case 'rejected':
      return call.by ? `${whom} declined on ${hisPhones[call.by]}` : `${whom} declined`
    case 'unanswered':
      return 'Nobody answered'
    case 'ended':
      return call.answeredAt && call.endedAt
        ? `Call ended after ${talkTime(call.endedAt - call.answeredAt)}`
        : 'Call ended'
  }
}

/**
 * Names the members who have answered: each member of a group answers or declines separately.
 *
 * @param {SnapshotCall} call
 */
function talkingTo({ members }) {
  const talking = members.filter(({ phase }) => phase === 'answered').map(({ name }) => firstName(name))
  return talking.length > 0 ? `Talking to ${talking.join(' and ')}` : 'Nobody is in the call'
}

/**
 * The notice that the app itself leaves on the lock screen after a call. A missed call has none: only a push shows it.
 *
 * @type {Partial<Record<string, string>>}
 */
const notices = {
  rejected: 'Declined call',
  ongoing: 'Answered elsewhere',
  ended: 'Call ended',
}

/** @param {PhoneView} phone */
export function lockNotice({ state }) {
  const title = state.status === 'idle' && state.last ? notices[state.last.reason] : undefined
  return title === undefined || state.status !== 'idle'
    ? undefined
    : { title, text: state.last?.call.callerName ?? '' }
}

const reasons = /** @type {const} */ ({
  cancelled: 'the caller hung up',
  unanswered: 'the caller gave up',
  busy: 'busy',
  rejected: 'declined on another device',
  ongoing: 'answered on another device',
  ended: 'the call ended',
  deadline: 'the ring has expired',
})

/** What rings a phone. */
const pushNames = { ios: 'an APNs VoIP push', android: 'an FCM data message', web: 'a web push' }

/**
 * The line under a phone: why it is in its state.
 *
 * @param {PhoneView} phone
 * @param {SnapshotCall | undefined} call
 */
export function phoneNote({ id, platform, owner, registration, state }, call) {
  const steps = call?.timeline.phones.find(({ phone }) => phone === id)
  const hasReported = (/** @type {string} */ event) =>
    steps?.receipts.some(receipt => receipt.event === event)
  const push = pushNames[platform]
  if (registration.status === 'registering') {
    return registration.reason ? `Not registered yet: ${registration.reason}` : 'Registering…'
  }
  if (state.status === 'ringing') {
    const member = call?.sessionId === state.call.sessionId && call.members.find(({ uid }) => uid === owner)
    if (member && member.phase === 'answered')
      return 'Still ringing: it does not know that another device answered'
    return `Rung by ${push}`
  }
  if (state.status === 'connected') return 'Answered here'
  if (hasReported('suppressed')) return 'In Focus: it let no call through, and reported “suppressed”'
  if (hasReported('late'))
    return 'Its push came late: it asked Ringer, took the call back, and reported “late”'
  // This line is about the call that the page shows. The lock screen shows how an earlier call ended.
  if (call && !(id in call.ringPushes)) return 'Not called'
  if (call && state.last?.call.sessionId !== call.sessionId) {
    return call.phase === 'ringing' ? 'Not rung yet' : 'Not rung'
  }
  if (!state.last) return `Waiting for ${push}`
  const { reason, by } = state.last
  switch (by) {
    case 'user':
      return reason === 'rejected' ? 'Declined here' : 'Ended here'
    case 'clock':
      return 'Stopped by itself: the ring has expired'
    case 'push':
      return `Stopped by ${push}: ${reasons[reason]}`
    case 'state-url':
      return `Stopped by its state URL, without a push: ${reasons[reason]}`
    case 'connection':
      if (reason === 'ended') return 'The call ended'
      return `Stopped over CometChat’s own connection (a push cannot stop an iPhone): ${reasons[reason]}`
  }
}

/** @param {number} pushes @param {number} rings */
export function pushCount(pushes, rings) {
  if (pushes === 0) return 'no push'
  return `${pushes} push${pushes === 1 ? '' : 'es'}, ${rings} ring${rings === 1 ? '' : 's'}`
}

const seconds = (/** @type {number} */ ms) => `${Number((ms / 1_000).toFixed(1))} s`

/**
 * What Ringer promised for the latest thing that was broken, and what happened.
 *
 * @param {PageState['breakage']} breakage
 * @returns {{ phase: 'none' | 'calling' | 'kept' | 'broken' | 'ended', title: string, text: string }}
 */
export function breakageVerdict({ trial, midSendKill }) {
  if (midSendKill) return killVerdict(midSendKill)
  if (!trial) return { phase: 'none', title: '', text: '' }
  const { provider, fault, phase, promise, tookMs, pushes } = trial
  const title = titleOf(provider, fault)
  const phone = provider === 'apns' ? 'the iPhone' : 'the Android phone'
  const many = pushes === 1 ? 'One push, one call.' : `${pushes} pushes, one call.`
  if (promise.ringsWithinMs === 'never') {
    const report = promise.reports === undefined ? '' : ` It reported “${promise.reports}”.`
    const texts = {
      calling: `Promised that ${phone} does not ring.`,
      kept: `Promised that ${phone} does not ring, and it did not.${report}`,
      broken: `Promised that ${phone} does not ring, but it did.`,
      ended: 'The call ended too soon to tell.',
    }
    return { phase, title, text: texts[phase] }
  }
  const promised = `Promised within ${seconds(promise.ringsWithinMs)}`
  const texts = {
    calling: `${promised}…`,
    kept: `${promised}, took ${seconds(tookMs ?? 0)}. ${many}`,
    broken:
      tookMs === undefined
        ? `${promised}, and ${phone} did not ring.`
        : `${promised}, took ${seconds(tookMs)}.`,
    ended: 'The call ended too soon to tell.',
  }
  return { phase, title, text: texts[phase] }
}

/** How long another worker may take to ring the phone, ms. */
const TAKE_OVER_MS = 5_000

/**
 * @param {MidSendKillView} kill
 * @returns {ReturnType<typeof breakageVerdict>}
 */
function killVerdict({ phase, killed, ringMs, attempts, sameApnsId }) {
  const who = killed.map(({ id, pid }) => `${id} (process ${pid})`).join(' and ')
  const title = who ? `Killed in mid-send: ${who}` : 'Kill the worker in mid-send'
  const promised = `Promised within ${seconds(TAKE_OVER_MS)}`
  if (phase === 'calling' || phase === 'killed') return { phase: 'calling', title, text: `${promised}…` }
  if (phase === 'failed') return { phase: 'broken', title, text: 'The call ended before the iPhone rang.' }
  if (ringMs === undefined)
    return { phase: 'broken', title, text: 'The iPhone rang before any worker was killed.' }
  const same = sameApnsId ? 'the same apns-id, one call' : 'but not the same apns-id'
  const text = `${promised}, took ${seconds(ringMs)}. ${attempts} pushes with ${same}.`
  return { phase: ringMs <= TAKE_OVER_MS && sameApnsId ? 'kept' : 'broken', title, text }
}
