import type { Person, Session } from './call.ts'
import { envelope, inSeconds, type Webhook } from './envelope.ts'

/** `call` for a call that rang, `meeting` for a session that its participants joined without ringing. */
export type SessionKind = 'call' | 'meeting'

/** A participant. Real deliveries name the uid; the documented samples only have a name. */
export interface Presence {
  person: Partial<Person>
  /** Epoch ms. */
  joinedAt: number
  /** Epoch ms; absent while the participant is still there. */
  leftAt?: number
}

interface SessionEvent {
  /** Default: `call`. */
  kind?: SessionKind
  session: Session
}

/** Builds `…_started`: the media session exists. The caller joins at once, so it does not mean that somebody answered. */
export function buildStartedWebhook({ at, ...event }: SessionEvent & { at: number }): Webhook {
  return build(event, 'started', { created_at: inSeconds(at) })
}

/** Builds `…_participant_joined`: for the recipient, the only sign that the call was answered. */
export function buildJoinedWebhook({
  person,
  at,
  platform = 'web',
  ...event
}: SessionEvent & {
  person: Partial<Person>
  at: number
  /** null leaves out the configuration, as the page of the management API does. Default: `web`. */
  platform?: string | null
}): Webhook {
  const isAudio = String(event.session.callType === 'audio')
  return build(event, 'participant_joined', {
    occupant: occupantOf(event, { person, joinedAt: at }),
    ...(platform !== null && {
      initial_config: {
        is_video_muted: 'false',
        start_recording_on_call_start: 'false',
        call_version: '2.3.0',
        is_audio_muted: 'false',
        sdk: platform === 'web' ? 'react' : platform,
        mode: 'DEFAULT',
        platform,
        is_audio_only: isAudio,
      },
    }),
  })
}

/** Builds `…_participant_left`: others may still be there. */
export function buildLeftWebhook({ presence, ...event }: SessionEvent & { presence: Presence }): Webhook {
  return build(event, 'participant_left', { occupant: occupantOf(event, presence) })
}

/** Builds `…_ended`: everybody has left. */
export function buildEndedWebhook({
  presences,
  at,
  ...event
}: SessionEvent & { presences: Presence[]; at: number }): Webhook {
  return build(event, 'ended', {
    all_occupants: presences.map(presence => occupantOf(event, { leftAt: at, ...presence })),
    destroyed_at: inSeconds(at),
    created_at: inSeconds(Math.min(at, ...presences.map(presence => presence.joinedAt))),
  })
}

function occupantOf({ session }: SessionEvent, { person, joinedAt, leftAt }: Presence) {
  return {
    joined_at: inSeconds(joinedAt),
    audio_call: String(session.callType === 'audio'),
    ...(leftAt !== undefined && { left_at: inSeconds(leftAt) }),
    name: person.name,
    ...(person.uid !== undefined && { uid: person.uid }),
  }
}

function build(
  { kind = 'call', session }: SessionEvent,
  event: string,
  data: Record<string, unknown>,
): Webhook {
  const { sessionId } = session
  return {
    ...envelope(session, `${kind}_${event}`, { ...data, sessionId }),
    type: kind === 'call' ? 'call' : 'meet',
  }
}
