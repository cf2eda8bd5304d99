import { callUuid, endActions } from '@ringer/payloads'
import { z } from 'zod'
import { groupFields, groupIn } from './group-fields.ts'
import type { IncomingCall, PhoneChange, PhoneState } from './phone-state.ts'
import { ringPhone } from './ring-phone.ts'
import { stopPhone } from './stop-phone.ts'

const ringTypes = ['incoming_call', 'call']

/** FCM data is strings only. */
const dataMessage = z.looseObject({
  type: z.string().catch(''),
  callAction: z.string().catch(''),
  sessionId: z.string().catch(''),
  senderUid: z.string().catch('unknown'),
  callerName: z.string().optional().catch(undefined),
  senderName: z.string().optional().catch(undefined),
  callType: z.enum(['audio', 'video']).catch('audio'),
  ...groupFields,
})
const stopAction = z.enum([...endActions, 'ongoing'])

/**
 * An Android phone gets a data message: `initiated` rings, the end of the call or an answer elsewhere stops the ring,
 * anything else is none of this app's business.
 */
export function receiveDataMessage(
  state: PhoneState,
  push: { data: unknown; deadline: number; now: number },
): PhoneChange {
  const message = dataMessage.parse(typeof push.data === 'object' && push.data !== null ? push.data : {})
  const stop = stopAction.safeParse(message.callAction)
  if (stop.success) {
    const news = { sessionId: message.sessionId, reason: stop.data, by: 'push', at: push.now } as const
    const stopped = stopPhone(state, news)
    return { state: stopped, effect: stopped === state ? 'ignored' : 'stops' }
  }
  if (message.callAction !== 'initiated' || !ringTypes.includes(message.type) || message.sessionId === '') {
    return { state, effect: 'ignored' }
  }
  const ring = { call: readCall(message), now: push.now, deadline: push.deadline }
  return ringPhone(state, ring, (one, other) => one.sessionId === other.sessionId)
}

function readCall(message: z.infer<typeof dataMessage>): IncomingCall {
  return {
    sessionId: message.sessionId,
    uuid: callUuid(message.sessionId).toUpperCase(),
    callerUid: message.senderUid,
    callerName: message.callerName ?? message.senderName ?? 'Unknown',
    callType: message.callType,
    ...groupIn(message),
  }
}
