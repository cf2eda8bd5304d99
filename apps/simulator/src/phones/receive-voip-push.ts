import { type CallType, callUuid } from '@ringer/payloads'
import { z } from 'zod'
import { groupFields, groupIn } from './group-fields.ts'
import type { IncomingCall, PhoneChange, PhoneState } from './phone-state.ts'
import { ringPhone } from './ring-phone.ts'

/** The keys that CometChat's iOS samples read, none of which they can rely on. */
const voipPayload = z.looseObject({
  sessionId: z.string().catch(''),
  uuid: z.string().optional().catch(undefined),
  senderUid: z.string().optional().catch(undefined),
  callerName: z.string().optional().catch(undefined),
  senderName: z.string().optional().catch(undefined),
  callType: z.enum(['audio', 'video']).optional().catch(undefined),
  hasVideo: z.boolean().optional().catch(undefined),
  ...groupFields,
})

/**
 * An iPhone gets a VoIP push. iOS wants every one reported as a call, so it rings whatever `callAction` says, and
 * CallKit knows calls by `uuid`: the same one twice shows one call.
 */
export function receiveVoipPush(
  state: PhoneState,
  push: { payload: unknown; deadline: number; now: number },
): PhoneChange {
  const ring = { call: readCall(push.payload), now: push.now, deadline: push.deadline }
  return ringPhone(state, ring, (one, other) => one.uuid === other.uuid)
}

function readCall(payload: unknown): IncomingCall {
  const read = voipPayload.parse(typeof payload === 'object' && payload !== null ? payload : {})
  const callType: CallType = read.callType ?? (read.hasVideo ? 'video' : 'audio')
  return {
    sessionId: read.sessionId,
    uuid: (read.uuid ?? callUuid(read.sessionId)).toUpperCase(),
    callerUid: read.senderUid ?? 'unknown',
    callerName: read.callerName ?? read.senderName ?? 'Unknown',
    callType,
    ...groupIn(read),
  }
}
