import type { FaultName, ReceivedPush } from '@ringer/fakes'
import type { PhoneId } from '../phones/handset-state.ts'

/** A push of this call that reached Apple or Google and asked the phone to ring, accepted or not. */
export interface ArrivedPush {
  phone: PhoneId
  /** When it arrived, epoch ms. */
  at: number
  /** The same on every attempt. Pushes to Google have no such id. */
  apnsId?: string | undefined
  accepted: boolean
  /** The provider's answer; null if there was none. */
  status: number | null
  reason: string | null
  fault: FaultName | null
}

/** Picks what the timeline needs from a push, without its token. */
export function arrivedPush(phone: PhoneId, push: ReceivedPush): ArrivedPush {
  const { at, accepted, status, reason, fault } = push
  return { phone, at, apnsId: push.headers['apns-id'], accepted, status, reason, fault }
}
