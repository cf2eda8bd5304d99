import type { ReceivedPush } from '@ringer/fakes'
import type { CallEntry } from '../calls/call-entry.ts'
import { bob } from '../people/people.ts'
import type { Handset } from '../phones/handset.ts'
import type { PhoneChange, PhoneId, PushEffect } from '../phones/phone-state.ts'
import { readAlert } from '../phones/read-alert.ts'
import { receiveDataMessage, receiveVoipPush } from '../phones/receive-call-push.ts'
import { pushExchange } from '../simulation/exchange.ts'
import { handsetOf, type Scene } from '../simulation/scene.ts'
import { arrivedPush } from '../timeline/arrived-push.ts'
import { adoptCall } from './adopt-call.ts'
import { pushDeadline } from './push-deadline.ts'

/** What the log says that a push did to a phone. */
const effectTexts: Record<PushEffect, string> = {
  rings: 'rings',
  'same-call': 'already shows this call',
  busy: 'is busy with another call',
  'too-late': 'does not get it, because it had expired',
  stops: 'stops',
  ignored: 'ignores it',
}

/** Handles a push that reached the stand-in for Apple or Google: the phone does what a real one would do. */
export function receivePush(scene: Scene, phone: PhoneId, push: ReceivedPush, standInUrl: string): void {
  const handset = handsetOf(scene, phone)
  const provider = handset.platform === 'ios' ? 'APNs' : 'FCM'
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
  } else {
    const effect = receiveCallPush(scene, handset, push)
    log(`accepted a ${kind}; ${nameInLog(handset)} ${effectTexts[effect]}`)
  }
  scene.changed()
}

function receiveCallPush(scene: Scene, handset: Handset, push: ReceivedPush): PushEffect {
  const now = scene.clock()
  const deadline = pushDeadline(push)
  const change = scene.phones.change(handset.id, state =>
    handset.platform === 'ios'
      ? receiveVoipPush(state, { payload: push.data, deadline, now })
      : receiveDataMessage(state, { data: push.data, deadline, now }),
  )
  recordRing(scene, handset, push, change)
  return change.effect
}

function kindOf({ platform }: Handset, { headers, data }: ReceivedPush): string {
  if (platform === 'android') return `data message “${String(data.callAction)}”`
  const id = headers['apns-id']
  return `VoIP push${id === undefined ? '' : ` ${id.slice(0, 8)}…`}`
}

/** How the log names a phone. Most lines are about Bob's. */
const nameInLog = ({ uid, name }: Handset): string =>
  uid === bob.uid ? 'the phone' : `${name.split(' ')[0]} phone`

/** Keeps a message to about one line of the log. */
const cut = (text: string) => (text.length > 40 ? `${text.slice(0, 39).trimEnd()}…` : text)

function describeRefusal(kind: string, { status, reason, fault }: ReceivedPush): string {
  if (status === null) return `did not answer a ${kind} (${fault})`
  return `refused a ${kind}: ${status} ${reason ?? ''}`.trim()
}

function recordRing(
  scene: Scene,
  handset: Handset,
  push: ReceivedPush,
  { state, effect }: PhoneChange,
): void {
  const { id } = handset
  const rang = effect === 'rings' && state.status === 'ringing' ? state.call : undefined
  const entry = callOf(scene, push) ?? (rang && adoptCall(scene, handset, push, rang))
  if (!entry) return
  if (effect !== 'stops' && effect !== 'ignored') {
    entry.ringPushes[id] = (entry.ringPushes[id] ?? 0) + 1
    entry.pushes.push(arrivedPush(id, push))
  }
  if (rang) entry.rangAt[id] ??= scene.clock()
}

function callOf(scene: Scene, { data }: ReceivedPush): CallEntry | undefined {
  return typeof data.sessionId === 'string' ? scene.book.find(data.sessionId) : undefined
}

/** Ringer pushes nothing but rings to an iPhone's VoIP token. */
const asksToRing = ({ platform }: Handset, { data }: ReceivedPush) =>
  platform === 'ios' || data.callAction === 'initiated'
