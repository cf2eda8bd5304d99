import { setTimeout as delay } from 'node:timers/promises'
import type { ReceivedPush } from '@ringer/fakes'
import type { ReceiptEvent } from '@ringer/payloads'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId, PushEffect } from '../phones/handset-state.ts'
import { readAlert } from '../phones/read-alert.ts'
import { receiveDataMessage, receiveVoipPush } from '../phones/receive-call-push.ts'
import type { CallEntry } from '../scene/call-entry.ts'
import { pushExchange } from '../scene/exchange.ts'
import { bob } from '../scene/people.ts'
import { handsetOf, type Scene } from '../scene/scene.ts'
import { arrivedPush } from '../timeline/arrived-push.ts'
import { adoptCall } from './adopt-call.ts'
import { pushDeadline } from './push-deadline.ts'

/** What the log says that a push did to a phone. */
const effectTexts: Record<PushEffect, string> = {
  rings: 'rings',
  'same-call': 'already shows this call',
  busy: 'is busy with another call',
  suppressed: 'is in Focus, and lets no call through',
  'too-late': 'does not get it, because it had expired',
  stops: 'stops',
  ignored: 'ignores it',
}

/** How the log names a phone's provider. */
const providerOfPlatform = { ios: 'APNs', android: 'FCM', web: 'Web push' } as const

/** What the app reports of a push for which its phone does not ring. A push that had expired never reaches it. */
const receiptOf: Partial<Record<PushEffect, ReceiptEvent>> = {
  'same-call': 'duplicate',
  busy: 'suppressed',
  suppressed: 'suppressed',
}

/** Handles a push that reached the stand-in of a provider: the phone does what a real one would do. */
export function receivePush(scene: Scene, phone: PhoneId, push: ReceivedPush, standInUrl: string): void {
  const handset = handsetOf(scene, phone)
  const provider = providerOfPlatform[handset.platform]
  const alert = readAlert(push)
  const kind = alert ? 'notification' : kindOf(handset, push)
  const exchange = pushExchange(push, standInUrl, async () => receivePush(scene, phone, push, standInUrl))
  const log = (text: string) => scene.log.add(provider, text, exchange)
  if (!push.accepted) {
    if (!alert && asksToRing(handset, push)) callOf(scene, push)?.pushes.push(arrivedPush(phone, push))
    log(describeRefusal(kind, push))
  } else if (alert) {
    scene.trays.show(phone, alert)
    const text = cut(alert.text || alert.title)
    log(`accepted a ${kind}; ${nameInLog(handset)} shows “${text}”`)
  } else if (push.deliverAfterMs > 0) {
    log(`accepted a ${kind}, but has not delivered it yet`)
    // The provider has it, whatever becomes of it.
    const entry = callOf(scene, push)
    if (entry) notePush(entry, handset, push)
    void delay(push.deliverAfterMs, undefined, { signal: scene.closing }).then(
      () => {
        const effect = deliverCallPush(scene, handset, push, entry)
        const what = effect === 'rings' ? 'reports it to CallKit' : effectTexts[effect]
        log(`delivers a ${kind} late; ${nameInLog(handset)} ${what}`)
        scene.changed()
      },
      () => undefined,
    )
  } else {
    const effect = deliverCallPush(scene, handset, push)
    log(`accepted a ${kind}; ${nameInLog(handset)} ${effectTexts[effect]}`)
  }
  scene.changed()
}

/** @param noted the call that the push is noted in already, if it is */
function deliverCallPush(
  scene: Scene,
  handset: Handset,
  push: ReceivedPush,
  noted?: CallEntry | undefined,
): PushEffect {
  const { id } = handset
  const times = { now: scene.clock(), deadline: pushDeadline(push), inFocus: scene.phones.inFocus(id) }
  const { state, effect } = scene.phones.change(id, before =>
    handset.platform === 'ios'
      ? receiveVoipPush(before, { payload: push.data, ...times })
      : receiveDataMessage(before, { data: push.data, ...times }),
  )
  const rings = effect === 'rings' && state.status === 'ringing' ? state.call : undefined
  const entry = callOf(scene, push) ?? (rings && adoptCall(scene, handset, push, rings))
  if (entry && !noted && effect !== 'stops' && effect !== 'ignored') notePush(entry, handset, push)

  const { sessionId, stateUrl } = push.data
  const asked = typeof sessionId === 'string' && typeof stateUrl === 'string'
  const ring = asked ? { handset, sessionId, stateUrl } : undefined
  const receipt = receiptOf[effect]
  if (ring && receipt) scene.stateAsker.report(ring, receipt)
  if (rings) {
    const onShown = () => {
      if (entry) entry.rangAt[id] ??= times.now
    }
    if (ring) scene.stateAsker.ring(ring, onShown)
    else onShown()
  }
  return effect
}

/** Notes a push that asks the phone to ring. */
function notePush(entry: CallEntry, { id }: Handset, push: ReceivedPush): void {
  entry.ringPushes[id] = (entry.ringPushes[id] ?? 0) + 1
  entry.pushes.push(arrivedPush(id, push))
}

function kindOf({ platform }: Handset, { headers, data }: ReceivedPush): string {
  if (platform === 'android') return `data message “${String(data.callAction)}”`
  if (platform === 'web') return `push “${String(data.callAction)}”`
  const id = headers['apns-id']
  return `VoIP push${id === undefined ? '' : ` ${id.slice(0, 8)}…`}`
}

/** How the log names a phone. Most lines are about Bob's. */
function nameInLog({ uid, name, platform }: Handset): string {
  if (platform === 'web') return 'the browser'
  return uid === bob.uid ? 'the phone' : `${name.split(' ')[0]} phone`
}

/** Keeps a message to about one line of the log. */
const cut = (text: string) => (text.length > 40 ? `${text.slice(0, 39).trimEnd()}…` : text)

function describeRefusal(kind: string, { status, reason, fault }: ReceivedPush): string {
  if (status === null) return `did not answer a ${kind} (${fault})`
  return `refused a ${kind}: ${status} ${reason ?? ''}`.trim()
}

function callOf(scene: Scene, { data }: ReceivedPush): CallEntry | undefined {
  return typeof data.sessionId === 'string' ? scene.book.find(data.sessionId) : undefined
}

/** Ringer pushes nothing but rings to an iPhone's VoIP token. */
const asksToRing = ({ platform }: Handset, { data }: ReceivedPush) =>
  platform === 'ios' || data.callAction === 'initiated'
