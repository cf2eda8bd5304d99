import type { FaultName } from './fault.ts'

/** A request whose body a stand-in has read completely, and the outcome. */
export interface ReceivedPush {
  /** When its headers arrived, in ms of the stand-in's clock. */
  at: number
  /** The device's token; null if the request has none. */
  token: string | null
  /** The path that was requested. */
  path: string
  /** Names are in lower case. */
  headers: Readonly<Record<string, string>>
  /** The JSON body; {} if it was not a JSON object. */
  body: Readonly<Record<string, unknown>>
  /** What the app on the phone gets: APNs' whole body, or FCM's `message.data`. */
  data: Readonly<Record<string, unknown>>
  /** The size of the body. */
  bytes: number
  /** The status of the answer; null if there was no answer. */
  status: number | null
  /** Apple's reason, or Google's error code; null for a success. */
  reason: string | null
  /** Whether the provider would deliver this push. False for every invalid push. */
  accepted: boolean
  /** The fault that was ordered for it, if any. */
  fault: FaultName | null
  /** How long after `at` the phone gets it, ms. 0 unless it was ordered. */
  deliverAfterMs: number
  /** When the answer leaves, in ms of the stand-in's clock; null if there is no answer. */
  answeredAt: number | null
  /** The number of the connection that it arrived on, from 1. */
  connection: number
  /** The sender's own port of that connection; null if it closed meanwhile. */
  remotePort: number | null
}
