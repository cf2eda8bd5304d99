import { z } from 'zod'
import type { EndAction } from '../call-event.ts'
import { ignored, invalid, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'
import { readCallReceived } from './read-call-received.ts'
import { readCustomProvider } from './read-custom-provider.ts'
import { readInitiatorEnd, readInitiatorRing } from './read-initiator.ts'
import { readCallEnded, readParticipantJoined } from './read-media.ts'
import { readMessage } from './read-meeting.ts'
import { readSignalledEnd, readSignalledRing } from './read-signalling.ts'

/** What all dialects share. The recipes' dialects send neither appId nor region. */
const envelope = z.object({
  trigger: z.string().min(1, 'must not be empty'),
  appId: z
    .string()
    .nullish()
    .transform(value => value || undefined),
  data: z.unknown(),
})

/** Which CometChat app a webhook says that it comes from, if it does; its parsed JSON may be anything. */
export function readAppId(body: unknown): string | undefined {
  return envelope.pick({ appId: true }).safeParse(body).data?.appId
}

/** What an app wants to be read that not every app does. */
export interface ParseOptions {
  /** Whether the meetings that the UI Kits announce by a message ring (RINGER_RING_MEETINGS). */
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
  meeting_participant_joined: ofMeeting(readParticipantJoined),
  meeting_ended: ofMeeting(readCallEnded),
}

/**
 * Turns a webhook of any of CometChat's five dialects into one call event.
 *
 * @param body the webhook's parsed JSON
 * @returns with the `appId` it claims to come from: the event; or `ignored`, for the triggers that have nothing to do
 *   with a ringing phone and for calls that nobody could answer; or `invalid`, naming every field that is wrong.
 *   Unknown fields are passed over. Nothing here throws.
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
  if (!isObject(data)) return { ...invalid('data', 'must be an object'), appId }
  return { ...reader(data, { ringMeetings }), appId }
}

function readRing(data: Record<string, unknown>): ParsedWebhook {
  if (data.call !== undefined) return readSignalledRing(data.call)
  if (data.initiator !== undefined) return readInitiatorRing(data)
  return invalid('data.call', 'is required (or data.initiator, in the dialect of the recipes)')
}

function readEnd(action: EndAction) {
  return (data: Record<string, unknown>): ParsedWebhook => {
    if (data.call !== undefined) return readSignalledEnd(action, data.call)
    if (data.sessionId !== undefined) return readInitiatorEnd(action, data)
    return invalid('data.call', 'is required (or data.sessionId, in the dialect of the recipes)')
  }
}

/** Where meetings do not ring, nothing of them stops a phone either. */
function ofMeeting(read: (data: unknown) => ParsedWebhook): Reader {
  return (data, { ringMeetings }) =>
    ringMeetings ? read(data) : ignored('meetings ring and stop only when RINGER_RING_MEETINGS=true')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
