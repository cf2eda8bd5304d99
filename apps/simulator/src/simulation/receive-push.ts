import type { ReceivedPush } from '@ringer/fakes'
import type { IncomingCall, PhoneChange, PhoneId, PushEffect } from '../phones/phone-state.ts'
import { receiveDataMessage } from '../phones/receive-data-message.ts'
import { receiveVoipPush } from '../phones/receive-voip-push.ts'
import { arrivedPush } from './arrived-push.ts'
import type { CallEntry } from './call-entry.ts'
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
  const iphone = phone === 'iphone'
  const provider = iphone ? 'APNs' : 'FCM'
  const kind = iphone ? `VoIP push${idOf(push)}` : `data message “${String(push.data.callAction)}”`
  if (!push.accepted) {
    if (asksForRing(phone, push)) callOf(scene, push)?.pushes.push(arrivedPush(phone, push))
    const { status, reason, fault } = push
    const refused = status !== null
    scene.log.add(
      provider,
      refused
        ? `refused a ${kind}: ${status} ${reason ?? ''}`.trim()
        : `left a ${kind} without an answer (${fault})`,
    )
    scene.changed()
    return
  }
  const now = scene.clock()
  const deadline = pushDeadline(push)
  const change = scene.phones.change(phone, state =>
    iphone
      ? receiveVoipPush(state, { payload: push.data, deadline, now })
      : receiveDataMessage(state, { data: push.data, deadline, now }),
  )
  noteRing(scene, phone, push, change)
  scene.log.add(provider, `accepted a ${kind}; the phone ${effects[change.effect]}`)
  scene.changed()
}

function idOf({ headers }: ReceivedPush): string {
  const id = headers['apns-id']
  return id === undefined ? '' : ` ${id.slice(0, 8)}…`
}

function noteRing(scene: Scene, phone: PhoneId, push: ReceivedPush, { state, effect }: PhoneChange): void {
  const rang = effect === 'rings' && state.status === 'ringing' ? state.call : undefined
  const entry = callOf(scene, push) ?? (rang && adopt(scene, rang))
  if (!entry) return
  if (effect !== 'stops' && effect !== 'ignored') {
    entry.ringPushes[phone] += 1
    entry.pushes.push(arrivedPush(phone, push))
  }
  if (rang) entry.rangAt[phone] ??= scene.clock()
}

function callOf(scene: Scene, { data }: ReceivedPush): CallEntry | undefined {
  return typeof data.sessionId === 'string' ? scene.book.find(data.sessionId) : undefined
}

/** Nothing but a ring is ever pushed to an iPhone. */
const asksForRing = (phone: PhoneId, { data }: ReceivedPush) =>
  phone === 'iphone' || data.callAction === 'initiated'

/** A call that was not placed on this page: somebody sent the webhook by hand. Its phones can be answered all the same. */
function adopt(scene: Scene, rang: IncomingCall) {
  const call = {
    appId: scene.appId,
    region: 'us',
    webhookId: 'ringersimulator',
    sessionId: rang.sessionId,
    callType: rang.callType,
    caller: { uid: rang.callerUid, name: rang.callerName },
    recipient: scene.bob,
    initiatedAt: scene.clock(),
  }
  return scene.book.open(call, false)
}
