import type { ReceivedPush } from '@ringer/fakes'
import type { Handset } from '../phones/handset.ts'
import type { PhoneChange, PhoneId, PushEffect } from '../phones/phone-state.ts'
import { readAlert } from '../phones/read-alert.ts'
import { receiveDataMessage } from '../phones/receive-data-message.ts'
import { receiveVoipPush } from '../phones/receive-voip-push.ts'
import { adoptCall } from './adopt-call.ts'
import { arrivedPush } from './arrived-push.ts'
import type { CallEntry } from './call-entry.ts'
import { handsetOf, thePhone } from './handset-of.ts'
import { pushDeadline } from './push-deadline.ts'
import type { Scene } from './scene.ts'

const effects: Record<PushEffect, string> = {
  rings: 'rings',
  'same-call': 'shows this call already: one ring',
  busy: 'is taken by another call',
  'too-late': 'never sees it: it had expired',
  stops: 'stops',
  ignored: 'has nothing to do',
}

/** A push reached one of the stand-ins for Apple and Google: the phone does what such a phone does. */
export function receivePush(scene: Scene, phone: PhoneId, push: ReceivedPush): void {
  const handset = handsetOf(scene, phone)
  const provider = handset.platform === 'ios' ? 'APNs' : 'FCM'
  const alert = readAlert(push)
  const kind = alert ? 'notification' : kindOf(handset, push)
  if (!push.accepted) {
    if (!alert && asksForRing(handset, push)) callOf(scene, push)?.pushes.push(arrivedPush(phone, push))
    scene.log.add(provider, refusalOf(kind, push))
  } else if (alert) {
    scene.trays.show(phone, alert)
    scene.log.add(
      provider,
      `accepted a ${kind}; ${thePhone(handset)} shows “${cut(alert.text || alert.title)}”`,
    )
  } else {
    const effect = receiveCallPush(scene, handset, push)
    scene.log.add(provider, `accepted a ${kind}; ${thePhone(handset)} ${effects[effect]}`)
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
  noteRing(scene, handset, push, change)
  return change.effect
}

function kindOf({ platform }: Handset, { headers, data }: ReceivedPush): string {
  if (platform === 'android') return `data message “${String(data.callAction)}”`
  const id = headers['apns-id']
  return `VoIP push${id === undefined ? '' : ` ${id.slice(0, 8)}…`}`
}

/** A line of the log is one line, more or less. */
const cut = (text: string) => (text.length > 40 ? `${text.slice(0, 39).trimEnd()}…` : text)

function refusalOf(kind: string, { status, reason, fault }: ReceivedPush): string {
  if (status === null) return `left a ${kind} without an answer (${fault})`
  return `refused a ${kind}: ${status} ${reason ?? ''}`.trim()
}

function noteRing(scene: Scene, handset: Handset, push: ReceivedPush, { state, effect }: PhoneChange): void {
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

/** Nothing but a ring is ever pushed to an iPhone's VoIP token. */
const asksForRing = ({ platform }: Handset, { data }: ReceivedPush) =>
  platform === 'ios' || data.callAction === 'initiated'
