import { z } from 'zod'
import { answeringPlatform } from '../call-event.ts'
import { absentOr, instant, sessionId, text, uid } from './fields.ts'
import { ignored, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'

/** What the participant joined with; a word that is not known says nothing. */
const platform = z.string().toLowerCase().pipe(answeringPlatform).optional().catch(undefined)

/**
 * The documented media dialect: events of the call's session, once somebody joined it. They never ring.
 * https://www.cometchat.com/docs/calls/webhooks-ringing
 */
const joined = z.object({
  sessionId,
  occupant: z.object({ uid: uid.optional(), name: text, joined_at: absentOr(instant) }),
  initial_config: z.object({ platform: platform }).optional().catch(undefined),
})

const ended = z.object({ sessionId, destroyed_at: absentOr(instant) })

/**
 * Reads `call_participant_joined`, the only webhook that tells of an answer. Real deliveries name the participant's
 * uid, the documented sample does not, and then it may as well be the caller, who joins first.
 */
export function readParticipantJoined(data: unknown): ParsedWebhook {
  const parsed = joined.safeParse(data)
  if (!parsed.success) return invalidBy(parsed.error, ['data'])
  const { occupant, sessionId } = parsed.data
  if (!occupant.uid) return ignored('data.occupant.uid is absent, so it is unknown who joined')
  return {
    status: 'event',
    event: {
      kind: 'answer',
      sessionId,
      uid: occupant.uid,
      platform: parsed.data.initial_config?.platform,
      sentAt: occupant.joined_at,
    },
  }
}

/** Reads `call_ended`: all participants have left. */
export function readCallEnded(data: unknown): ParsedWebhook {
  const parsed = ended.safeParse(data)
  if (!parsed.success) return invalidBy(parsed.error, ['data'])
  const { sessionId, destroyed_at } = parsed.data
  return { status: 'event', event: { kind: 'end', action: 'ended', sessionId, sentAt: destroyed_at } }
}
