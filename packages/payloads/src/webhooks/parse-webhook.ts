import { z } from 'zod'
import type { EndAction } from '../call-event.ts'
import { ignored, invalidBy, invalidWebhook, type ParsedWebhook } from './parsed-webhook.ts'
import { readCallReceived } from './read-call-received.ts'
import { readCustomProvider } from './read-custom-provider.ts'
import { readInitiatorEnd, readInitiatorRing } from './read-initiator.ts'
import { readCallEnded, readParticipantJoined } from './read-media.ts'
import { readMessage } from './read-meeting.ts'
import { readSignalledEnd, readSignalledRing } from './read-signalling.ts'

/** What all dialects have in common. The recipes' dialects send neither appId nor region. */
const envelope = z.object({
  trigger: z.string().min(1, 'must not be empty'),
  appId: z
    .string()
    .nullish()
    .transform(value => value || undefined),
  data: z.unknown(),
})

/** Built once: deriving a schema for each webhook would cost more than all the rest of the parsing. */
const appIdOnly = envelope.pick({ appId: true })

/** Returns the id of the CometChat app that a webhook claims to come from, if any. The body may be any JSON value. */
export function readAppId(body: unknown): string | undefined {
  return appIdOnly.safeParse(body).data?.appId
}

/** Options that differ between tenants. */
export interface ParseOptions {
  /** Whether meetings ring, which the UI Kits announce with a message (RINGER_RING_MEETINGS). Default: false. */
  ringMeetings?: boolean
}

type Reader = (data: Record<string, unknown>, options: Required<ParseOptions>) => ParsedWebhook

const readers: Record<string, Reader> = {
  call_initiated: readRing,
  call_cancelled: readEnd('cancelled'),
  call_rejected: readEnd('rejected'),
  call_unanswered: readEnd('unanswered'),
  call_busy: readEnd('busy'),
  call_participant_joined: readParticipantJoined,
  call_ended: readCallEnded,
  'call.received': readCallReceived,
  'push-notification-payload-generated': readCustomProvider,
  message_sent: (data, { ringMeetings }) => readMessage(data.message, ['data', 'message'], ringMeetings),
  after_message: (data, { ringMeetings }) => readMessage(data, ['data'], ringMeetings),
  meeting_participant_joined: readMeetingEvent(readParticipantJoined),
  meeting_ended: readMeetingEvent(readCallEnded),
}

/**
 * Turns a webhook of any of CometChat's five dialects into one call event. Never throws, and skips unknown
 * fields.
 *
 * @param body the webhook's parsed JSON
 * @returns the `appId` that the webhook claims to come from, and one of: the event; `ignored`, for triggers
 *   that have nothing to do with a ringing phone and for calls that nobody could answer; `invalid`, which
 *   names every wrong field
 */
export function parseWebhook(
  body: unknown,
  { ringMeetings = false }: ParseOptions = {},
): ParsedWebhook & { appId?: string | undefined } {
  const outer = envelope.safeParse(body)
  if (!outer.success) return invalidBy(outer.error)
  const { trigger, appId, data } = outer.data
  const reader = Object.hasOwn(readers, trigger) ? readers[trigger] : undefined
  if (!reader)
    return {
      ...ignored(`trigger ${JSON.stringify(trigger.slice(0, 60))} does not ring or stop a phone`),
      appId,
    }
  if (!isObject(data)) return { ...invalidWebhook('data', 'must be an object'), appId }
  return { ...reader(data, { ringMeetings }), appId }
}

function readRing(data: Record<string, unknown>): ParsedWebhook {
  if (data.call !== undefined) return readSignalledRing(data.call)
  if (data.initiator !== undefined) return readInitiatorRing(data)
  return invalidWebhook('data.call', "is required (or data.initiator, in the dialect of CometChat's recipes)")
}

function readEnd(action: EndAction) {
  return (data: Record<string, unknown>): ParsedWebhook => {
    if (data.call !== undefined) return readSignalledEnd(action, data.call)
    if (data.sessionId !== undefined) return readInitiatorEnd(action, data)
    return invalidWebhook(
      'data.call',
      "is required (or data.sessionId, in the dialect of CometChat's recipes)",
    )
  }
}

/** Ignores events of meetings unless meetings ring: then there is no ring that they could stop. */
function readMeetingEvent(read: (data: unknown) => ParsedWebhook): Reader {
  return (data, { ringMeetings }) =>
    ringMeetings ? read(data) : ignored('meetings ring and stop phones only when RINGER_RING_MEETINGS=true')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
