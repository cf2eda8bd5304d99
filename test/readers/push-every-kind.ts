import type { StopAction } from '@ringer/payloads'
import { expect } from 'vitest'
import {
  bob,
  messageSent,
  participantJoined,
  providerChat,
  sessionEnded,
  signalledEnd,
  type Webhook,
} from '../../packages/payloads/test/webhooks.ts'
import { type Answer, basic, deliver, register } from '../webhooks.ts'
import { login, type World } from '../world.ts'
import { type PlacedCall, placeCall, placeCalls } from './place-calls.ts'
import { everyStop, type Push } from './reader.ts'

const tokens = {
  voip: 'a1'.repeat(32),
  alert: 'b2'.repeat(32),
  android: 'fcm-registration-token:APA91bBob_android',
  web: 'fcm-registration-token:APA91bBob_browser',
}

/** The pushes of one call to Bob's phones. */
export interface CallPushes {
  call: PlacedCall
  voip: readonly Push[]
  /** Data messages, in order of arrival. */
  android: readonly Push[]
  /** The same for a browser with Firebase's library. */
  web: readonly Push[]
}

/** Everything that was sent to Bob's phones. */
export interface EveryKind {
  calls: ReadonlyMap<string, CallPushes>
  /** Calls that were stopped, by the action of the stop. */
  ended: ReadonlyMap<StopAction, CallPushes>
  /** Chat and missed calls, as Android apps receive them. */
  alerts: readonly Push[]
  /** The same, as browsers receive them. */
  webAlerts: readonly Push[]
  /** Pushes to the iPhone's VoIP token that do not ring. */
  voipWithoutRing: readonly Push[]
  /** The answers when the webhook of every ring was delivered again. */
  repeatAnswers: readonly Answer[]
}

/** Sends calls, their ends, chat and missed calls to Bob's phones. Every ring is delivered twice. */
export async function pushEveryKind(world: World): Promise<EveryKind> {
  await registerPhones(world)
  const calls = Object.entries(placeCalls())
  const toEnd = everyStop.map(action => [action, placeCall()] as const)
  const rings = [...calls, ...toEnd].map(([, call]) => call)
  await ring(world, rings)

  await Promise.all(toEnd.map(([action, { sessionId }]) => send(world, endOf(action, sessionId))))
  await send(world, chatAboutText())
  // One chat message and two missed calls.
  const alerts = 3
  await world.apns.waitFor(() => world.apns.acceptedCount(tokens.alert) >= alerts)
  await world.fcm.waitFor(received => received.length >= 2 * (rings.length + everyStop.length + alerts))

  const repeatAnswers = await Promise.all(rings.map(({ webhook }) => send(world, webhook)))
  // Any further push of these calls would arrive before the pushes of a later call.
  const later = placeCall()
  await send(world, later.webhook)
  await world.apns.waitFor(() => pushesOf(world, later).voip.length > 0)
  for (const phone of ['android', 'web'] as const)
    await world.fcm.waitFor(() => pushesOf(world, later)[phone].length > 0)
  return {
    calls: new Map(calls.map(([name, call]) => [name, pushesOf(world, call)])),
    ended: new Map(toEnd.map(([action, call]) => [action, pushesOf(world, call)])),
    alerts: messages(world, tokens.android, 'alert'),
    webAlerts: messages(world, tokens.web, 'alert'),
    voipWithoutRing: voipPushes(world).filter(isNotRing),
    repeatAnswers,
  }
}

/** Rings the phones and the browser for each of the calls. */
async function ring(world: World, calls: PlacedCall[]): Promise<void> {
  const answers = await Promise.all(calls.map(({ webhook }) => send(world, webhook)))
  expect(answers.map(({ body }) => body)).toEqual(answers.map(() => ({ status: 'queued' })))
  await world.apns.waitFor(() => world.apns.acceptedCount(tokens.voip) >= calls.length)
  await world.fcm.waitFor(received => received.length >= 2 * calls.length)
}

function pushesOf(world: World, call: PlacedCall): CallPushes {
  const isAbout = (push: Push) => push.sessionId === call.sessionId
  return {
    call,
    voip: voipPushes(world).filter(isAbout),
    android: messages(world, tokens.android, 'call').filter(isAbout),
    web: messages(world, tokens.web, 'call').filter(isAbout),
  }
}

async function registerPhones({ ingress }: World): Promise<void> {
  const { uid } = bob
  await register(ingress, { uid, platform: 'ios', kind: 'voip', token: tokens.voip })
  await register(ingress, { uid, platform: 'ios', kind: 'alert', token: tokens.alert })
  await register(ingress, { uid, platform: 'android', token: tokens.android })
  await register(ingress, { uid, platform: 'FCM_WEB', token: tokens.web })
}

const send = ({ ingress }: World, webhook: Webhook) =>
  deliver(ingress, webhook, {
    path: webhook.webhook === 'custom' ? '/providers/cometchat' : '/webhooks/cometchat',
    headers: { authorization: basic(login) },
  })

const isNotRing = (push: Push) => push.type !== 'call' || push.callAction !== 'initiated'

const voipPushes = ({ apns }: World): Push[] => apns.accepted(tokens.voip).map(push => push.data)

/** Returns calls or alerts. An alert has a `notification`, which Android or the browser shows by itself. */
function messages({ fcm }: World, token: string, kind: 'call' | 'alert'): Push[] {
  const isAlert = ({ body }: { body: Push }) => JSON.stringify(body.message).includes('"notification":')
  return fcm
    .accepted(token)
    .filter(push => isAlert(push) === (kind === 'alert'))
    .map(push => push.data)
}

function endOf(action: StopAction, sessionId: string): Webhook {
  const at = Date.now()
  switch (action) {
    case 'ended':
      return sessionEnded('call', { sessionId, at })
    case 'ongoing':
      // On a phone: a browser in which the person joined is not told to stop.
      return participantJoined('call', { sessionId, at, who: bob, platform: 'ios' })
    default:
      return signalledEnd(action, { sessionId, sentAt: at })
  }
}

/** A chat notification with CometChat's message in it, as the setting "Include message object" adds it. */
function chatAboutText(): Webhook {
  const { data, ...rest } = providerChat()
  const { message } = messageSent().data
  return { ...rest, data: { ...data, notificationDetails: { ...Object(data.notificationDetails), message } } }
}
