import type { FaultName, ReceivedPush } from '@ringer/fakes'
import type { PhoneId } from '../phones/phone-state.ts'

/** A push of this call that reached Apple or Google and asked the phone to ring, whatever became of it. */
export type ArrivedPush = {
  phone: PhoneId
  /** The same on every attempt; Google's pushes have none. */
  apnsId?: string | undefined
  accepted: boolean
  /** What was answered; null where nothing was. */
  status: number | null
  reason: string | null
  fault: FaultName | null
}

/** What the timeline keeps of a push; never its token. */
export function arrivedPush(phone: PhoneId, push: ReceivedPush): ArrivedPush {
  const { accepted, status, reason, fault } = push
  return { phone, apnsId: push.headers['apns-id'], accepted, status, reason, fault }
}
