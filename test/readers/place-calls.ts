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

/** A call to Bob that is placed now, and what his phone should show. */
export interface PlacedCall {
  webhook: Webhook
  sessionId: string
  caller: string
  callType: 'audio' | 'video'
  traits: readonly Trait[]
}

const noUuid = 'session is not a UUID'
const noTail = 'session does not end in a UUID'
const longName = 'Ärztin 🩺 '.repeat(400)

const hex = (digits: number) => randomUUID().replaceAll('-', '').slice(0, digits)
const byProvider = (call: Partial<Call>) => providerCall('initiated', call)
const toGroup = (call: Partial<Call>) =>
  providerCall('initiated', { ...call, callee: chess, receiverType: 'group', to: bob })
const withLeanEntities = (call: Partial<Call>) => signalledRing({ ...call, entities: 'lean' })

/** Prepares a call in a session of its own. */
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

/** Calls that differ in a way that apps can notice, by name. */
export const placeCalls = (): Record<string, PlacedCall> => ({
  'an audio call': placeCall(signalledRing, { callType: 'audio' }, noUuid),
  'a video call': placeCall(signalledRing, {}, noUuid),
  'the documented sample': placeCall(withLeanEntities, {}, noUuid),
  'the flat dialect': placeCall(initiatorRing, {}, noUuid),
  'call.received': placeCall(receivedRing, { callType: 'audio' }, noUuid),
  'the custom provider': placeCall(byProvider, { callType: 'audio' }, noUuid),
  'a group call': placeCall(toGroup, {}, noUuid, 'group'),
  'a caller without a name and a picture': placeCall(signalledRing, { caller: { uid: 'alice' } }, noUuid),
  'a caller with a very long name': placeCall(
    signalledRing,
    { caller: { ...alice, name: longName } },
    noUuid,
  ),
  'a session that does not end in a UUID': placeCall(
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
