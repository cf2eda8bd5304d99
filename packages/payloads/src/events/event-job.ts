import { z } from 'zod'
import { outgoingEvent } from './outgoing-event.ts'

/**
 * A job in the queue `events`. The first two kinds find out what happened; the last one tells the app's backend. Contains no
 * token, no name and no text.
 */
export const eventJob = z.discriminatedUnion('kind', [
  /** A ring may have changed: its record says which events there are. `at`: when this job was stored, epoch ms. */
  z.object({ kind: z.literal('ring'), appId: z.string(), ringId: z.string(), at: z.number() }),
  /** A device is about to be deleted or set aside: whether it was, the registry says. */
  z.object({
    kind: z.literal('device'),
    appId: z.string(),
    deviceId: z.string(),
    uid: z.string(),
    platform: z.string(),
    /** `voip`, `alert` or `both`. */
    deviceKind: z.string(),
    /** When the token was registered, and when this job was stored, epoch ms. */
    registeredAt: z.number(),
    at: z.number(),
  }),
  z.object({
    kind: z.literal('deliver'),
    event: outgoingEvent,
    /** How often it could not be delivered. */
    failures: z.number().default(0),
  }),
])
export type EventJob = z.infer<typeof eventJob>
export type RingLook = Extract<EventJob, { kind: 'ring' }>
export type DeviceLook = Extract<EventJob, { kind: 'device' }>
export type EventDelivery = Extract<EventJob, { kind: 'deliver' }>
