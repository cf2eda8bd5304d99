import { randomUUID } from 'node:crypto'
import {
  alice,
  bob,
  type Call,
  chess,
  initiatorRing,
  providerCall,
  receivedRing,
  signalledRing,
  type Webhook,
} from '../../packages/payloads/test/webhooks.ts'
import type { Trait } from './reader.ts'

/** A call to Bob as of now, and what his phone should make of it. */
export interface PlacedCall {
  webhook: Webhook
  sessionId: string
  caller: string
  callType: 'audio' | 'video'
  traits: readonly Trait[]
}

const noUuid = 'session is no UUID'
const noTail = 'session ends in no UUID'
const longName = 'Ärztin 🩺 '.repeat(400)

const hex = (digits: number) => randomUUID().replaceAll('-', '').slice(0, digits)
const byProvider = (call: Partial<Call>) => providerCall('initiated', call)
const toGroup = (call: Partial<Call>) =>
  providerCall('initiated', { ...call, callee: chess, receiverType: 'group', to: bob })
const leanly = (call: Partial<Call>) => signalledRing({ ...call, entities: 'lean' })

/** Places a call, each in a session of its own. */
export function placeCall(
  build: (call: Partial<Call>) => Webhook = signalledRing,
  overrides: Partial<Call> = {},
  ...traits: Trait[]
): PlacedCall {
  const sessionId = overrides.sessionId ?? `v1.eu.${hex(32)}`
  const { caller = alice, callType = 'video' } = overrides
  const webhook = build({ sentAt: Date.now(), ...overrides, sessionId, caller, callType })
  return { webhook, sessionId, caller: caller.name ?? caller.uid, callType, traits }
}

/** The calls that differ in what an app reads of them, by name. */
export const placeCalls = (): Record<string, PlacedCall> => ({
  'an audio call': placeCall(signalledRing, { callType: 'audio' }, noUuid),
  'a video call': placeCall(signalledRing, {}, noUuid),
  'the documented sample': placeCall(leanly, {}, noUuid),
  'the flat dialect': placeCall(initiatorRing, {}, noUuid),
  'call.received': placeCall(receivedRing, { callType: 'audio' }, noUuid),
  'the custom provider': placeCall(byProvider, { callType: 'audio' }, noUuid),
  'a group call': placeCall(toGroup, {}, noUuid, 'group'),
  'a caller without a name and a picture': placeCall(signalledRing, { caller: { uid: 'alice' } }, noUuid),
  'a caller with an endless name': placeCall(signalledRing, { caller: { ...alice, name: longName } }, noUuid),
  'a session that ends in no UUID': placeCall(
    signalledRing,
    { sessionId: `v1.eu.${hex(16)}` },
    ...([noUuid, noTail] as const),
  ),
  'a session that is a UUID': placeCall(signalledRing, { sessionId: randomUUID() }, noTail),
  'a short session': placeCall(
    signalledRing,
    { sessionId: `v1.${hex(4)}` },
    ...([noUuid, noTail, 'short session'] as const),
  ),
})
