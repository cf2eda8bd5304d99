import type { FaultName } from './fault.ts'

/** A request that a stand-in has read to its end, and what came of it. */
export interface ReceivedPush {
  /** When its headers arrived, in ms of the stand-in's clock. */
  at: number
  /** The device's token, null where the request names none. */
  token: string | null
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  /** The JSON body; {} where it was no JSON object. */
  body: Readonly<Record<string, unknown>>
  /** What the app on the phone is given: APNs' whole body, FCM's `message.data`. */
  data: Readonly<Record<string, unknown>>
  /** Size of the body. */
  bytes: number
  /** What was answered; null where nothing was. */
  status: number | null
  /** Apple's reason, or Google's error code; null with a success. */
  reason: string | null
  /** Whether the provider would deliver this push. Only one that is valid can be. */
  accepted: boolean
  /** The fault that was ordered for it, if any. */
  fault: FaultName | null
  /** Which connection brought it, counted from 1. */
  connection: number
}
