import { z } from 'zod'
import { alert } from './alert.ts'
import { callEvent, endAction } from './call-event.ts'

/**
 * A job in the queue `calls`, which the ingress fills and the workers empty. Contains no secret and no device
 * token.
 */
export const callJob = z.object({
  appId: z.string(),
  event: callEvent,
  /** When the webhook arrived, epoch ms. */
  receivedAt: z.number(),
  /** No phone rings after this instant, epoch ms. */
  deadline: z.number(),
  /** Set if the caller has had more than a share of the calls. Then the rings of others go first. */
  yields: z.literal(true).optional(),
})
export type CallJob = z.infer<typeof callJob>

/** Why a phone should stop ringing: the call ended, or (`ongoing`) it was answered on another phone. */
export const stopAction = z.union([endAction, z.literal('ongoing')])
export type StopAction = z.infer<typeof stopAction>

/**
 * How one of Apple's environments refused the token of a device that was registered without an environment. Only the other one
 * is left to ask.
 */
export const tokenRefusal = z.object({
  environment: z.enum(['production', 'sandbox']),
  status: z.number(),
  reason: z.string(),
})
export type TokenRefusal = z.infer<typeof tokenRefusal>

const push = z.object({
  appId: z.string(),
  deviceId: z.string(),
  /** Set if an earlier attempt of this push found it out. */
  refused: tokenRefusal.optional(),
  /** No attempt starts after this instant, epoch ms. */
  deadline: z.number(),
})
const callPush = push.extend({
  ringId: z.string(),
  /** For logs, and for pages that show the call's progress. */
  sessionId: z.string(),
})
/** One push to one device, in its provider's queue. The device is looked up when an attempt starts. */
export const pushJob = z.discriminatedUnion('kind', [
  callPush.extend({
    kind: z.literal('ring'),
    /** How many attempts were made before this job was stored. Default: none. */
    attempts: z.number().optional(),
    /**
     * Set if the caller has had more than a share, as in the call's job, or if the token has not worked yet. Rings without a number
     * go first, then those with a smaller number. Its value is the number of the ring in its minute, see `Claim`.
     */
    yields: z.number().int().positive().optional(),
  }),
  callPush.extend({
    kind: z.literal('stop'),
    action: stopAction,
    /** Only sent if an attempt to ring the phone is still without an answer. */
    ifUnanswered: z.literal(true).optional(),
  }),
  push.extend({
    kind: z.literal('alert'),
    /** Identifies the notification: the same on every attempt and in every worker. */
    alertId: z.string(),
    /** Only for a missed call. */
    sessionId: z.string().optional(),
    /** The push is dropped if the device belongs to somebody else by the time of an attempt. */
    recipient: z.string(),
    /** Only sent while this ring rings and this device, which was rung, has reported nothing. */
    unlessShown: z.object({ ringId: z.string(), deviceId: z.string() }).optional(),
    alert,
  }),
])
export type PushJob = z.infer<typeof pushJob>
export type RingJob = Extract<PushJob, { kind: 'ring' }>
export type StopJob = Extract<PushJob, { kind: 'stop' }>
export type AlertJob = Extract<PushJob, { kind: 'alert' }>
