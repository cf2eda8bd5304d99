import { z } from 'zod'
import { alert } from './alert.ts'
import { callEvent, endAction } from './call-event.ts'

/** What the ingress hands to the workers, in the queue `calls`. Holds no secret and no device token. */
export const callJob = z.object({
  appId: z.string(),
  event: callEvent,
  /** When the webhook arrived, epoch ms. */
  receivedAt: z.number(),
  /** The instant after which nothing rings any more, epoch ms. */
  deadline: z.number(),
})
export type CallJob = z.infer<typeof callJob>

/** Why a phone is told to stop: the call ended, or (`ongoing`) somebody took it on another phone. */
export const stopAction = z.union([endAction, z.literal('ongoing')])
export type StopAction = z.infer<typeof stopAction>

const push = z.object({
  appId: z.string(),
  deviceId: z.string(),
  /** After this instant the push is worth nothing, epoch ms. */
  deadline: z.number(),
})
const callPush = push.extend({
  ringId: z.string(),
  /** For logs, and for whoever watches the call. */
  sessionId: z.string(),
})
/** One push to one device, in the queue of its provider. The device is looked up when the attempt starts. */
export const pushJob = z.discriminatedUnion('kind', [
  callPush.extend({ kind: z.literal('ring') }),
  callPush.extend({ kind: z.literal('stop'), action: stopAction }),
  push.extend({
    kind: z.literal('alert'),
    /** The same for the same notification, whichever worker sends it, and however often. */
    alertId: z.string(),
    /** Of a call that was missed. */
    sessionId: z.string().optional(),
    /** Whose device it must still be. */
    recipient: z.string(),
    alert,
  }),
])
export type PushJob = z.infer<typeof pushJob>
export type RingJob = Extract<PushJob, { kind: 'ring' }>
export type StopJob = Extract<PushJob, { kind: 'stop' }>
export type AlertJob = Extract<PushJob, { kind: 'alert' }>

/**
 * The deadline of a ring: counted from when the caller pressed the button, if that is known, and never from a moment
 * later than the webhook's arrival, so that a sender's fast clock cannot stretch it.
 *
 * @param receivedAt when the webhook arrived, epoch ms
 * @param sentAt the event's own time, epoch ms
 * @param ringMs how long a ring is worth anything
 * @returns epoch ms
 */
export function deadlineOf(receivedAt: number, sentAt: number | undefined, ringMs: number): number {
  return Math.min(receivedAt, sentAt ?? receivedAt) + ringMs
}
