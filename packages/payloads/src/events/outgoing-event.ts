import { z } from 'zod'
import { callType } from '../call-event.ts'

/** Why a phone rang or did not, in the words of docs/diagnoses.md. */
const diagnosis = z.object({
  code: z.string(),
  because: z.string().optional(),
  sentence: z.string(),
  fix: z.string(),
})

/** The ring that an event is about. Has ids only: no name, no text and no token. Instants are ISO 8601, in UTC. */
const ring = z.object({
  ringId: z.string(),
  sessionId: z.string(),
  /** The uid of the user whose phones ring. */
  recipient: z.string(),
  caller: z.string(),
  /** The guid of the group that was called. */
  group: z.string().optional(),
  callType,
  /** When the call's webhook arrived, and when its phones stop ringing. */
  receivedAt: z.string(),
  deadline: z.string(),
})

/** The phone that an event is about, by the id that registration returned. */
const phone = { deviceId: z.string(), platform: z.string() }

const device = z.object({ ...phone, uid: z.string(), kind: z.string(), registeredAt: z.string(), diagnosis })

const common = {
  /** The idempotency key: the same on every delivery of this event. */
  id: z.string(),
  appId: z.string(),
  /** When it happened, by the clock of Redis. */
  occurredAt: z.string(),
}

/** An event as the app's backend gets it, in JSON. */
export const outgoingEvent = z.discriminatedUnion('type', [
  z.object({ ...common, type: z.literal('ring.accepted'), data: ring.extend(phone) }),
  z.object({ ...common, type: z.literal('ring.shown'), data: ring.extend(phone) }),
  z.object({
    ...common,
    type: z.literal('ring.answered'),
    /** `answeredOn`: the id of the device that answered, or its platform, if that is known. */
    data: ring.extend({ answeredOn: z.string().optional() }),
  }),
  z.object({ ...common, type: z.literal('ring.ended'), data: ring.extend({ action: z.string() }) }),
  z.object({ ...common, type: z.literal('ring.missed'), data: ring.extend({ diagnosis }) }),
  z.object({ ...common, type: z.literal('ring.failed'), data: ring.extend({ diagnosis }) }),
  z.object({ ...common, type: z.literal('device.forgotten'), data: device }),
  z.object({ ...common, type: z.literal('device.set-aside'), data: device.extend({ reason: z.string() }) }),
])
export type OutgoingEvent = z.infer<typeof outgoingEvent>
export type OutgoingEventType = OutgoingEvent['type']

export const outgoingEventTypes: readonly OutgoingEventType[] = outgoingEvent.options.map(
  ({ shape }) => shape.type.value,
)
