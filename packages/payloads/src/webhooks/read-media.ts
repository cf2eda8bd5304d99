import { z } from 'zod'
import { answeringPlatform } from '../call-event.ts'
import { instant, nullAsAbsent, sessionId, text, uid } from './fields.ts'
import { ignored, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'

/** What the participant joined with. An unknown value counts as absent. */
const joinedOn = z.string().toLowerCase().pipe(answeringPlatform).optional().catch(undefined)

/**
 * The documented media dialect: events of the call's session after somebody has joined it. They never ring a phone.
 * https://www.cometchat.com/docs/calls/webhooks-ringing
 */
const joined = z.object({
  sessionId,
  occupant: z.object({ uid: uid.optional(), name: text, joined_at: nullAsAbsent(instant) }),
  initial_config: z.object({ platform: joinedOn }).optional().catch(undefined),
})

/** An end with more occupants is read as one that does not list them: their uids are kept with the session. */
const MOST_OCCUPANTS = 100

/**
 * The uids of all who were in the session. CometChat's documented samples have none, real deliveries have them. If one is missing,
 * the list is not used at all.
 */
const occupants = z
  .array(z.object({ uid }))
  .min(1)
  .transform(all => [...new Set(all.map(occupant => occupant.uid))].sort())
  .refine(uids => uids.length <= MOST_OCCUPANTS)
  .optional()
  .catch(undefined)

const ended = z.object({ sessionId, destroyed_at: nullAsAbsent(instant), all_occupants: occupants })

/**
 * Reads `call_participant_joined`, the only webhook that reports an answer. Real deliveries contain the participant's
 * uid. The documented sample does not: without it, the participant may be the caller, who joins first.
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
  const { sessionId, destroyed_at: sentAt, all_occupants } = parsed.data
  const event = { kind: 'end', action: 'ended', sessionId, sentAt } as const
  return { status: 'event', event: { ...event, ...(all_occupants && { occupants: all_occupants }) } }
}
