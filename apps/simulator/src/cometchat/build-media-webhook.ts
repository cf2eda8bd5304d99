import type { Call, Person } from './call.ts'
import { inSeconds } from './in-seconds.ts'

/** Epoch ms; `leftAt` is absent while the participant is still there. */
export type Presence = { person: Person; joinedAt: number; leftAt?: number }

const occupant = (call: Call, { person, joinedAt, leftAt }: Presence) => ({
  joined_at: inSeconds(joinedAt),
  audio_call: String(call.callType === 'audio'),
  ...(leftAt === undefined ? {} : { left_at: inSeconds(leftAt) }),
  name: person.name,
  uid: person.uid,
})

const envelope = <Data>(call: Call, trigger: string, data: Data) => ({
  trigger,
  data,
  type: 'call',
  appId: call.appId,
  region: call.region,
  webhook: call.webhookId,
})

/** `call_started`: the media session exists. The caller joins at once, so it says nothing about an answer. */
export function buildCallStartedWebhook({ call, at }: { call: Call; at: number }) {
  return envelope(call, 'call_started', { created_at: inSeconds(at), sessionId: call.sessionId })
}

/** `call_participant_joined`: for the recipient this is the only sign that the call was answered. */
export function buildParticipantJoinedWebhook({
  call,
  person,
  at,
  platform = 'web',
}: {
  call: Call
  person: Person
  at: number
  platform?: 'web' | 'ios' | 'android'
}) {
  return envelope(call, 'call_participant_joined', {
    occupant: occupant(call, { person, joinedAt: at }),
    initial_config: {
      is_video_muted: 'false',
      start_recording_on_call_start: 'false',
      call_version: '2.3.0',
      is_audio_muted: 'false',
      sdk: platform === 'web' ? 'react' : platform,
      mode: 'DEFAULT',
      platform,
      is_audio_only: String(call.callType === 'audio'),
    },
    sessionId: call.sessionId,
  })
}

/** `call_participant_left`: others may still be there. */
export function buildParticipantLeftWebhook({ call, presence }: { call: Call; presence: Presence }) {
  return envelope(call, 'call_participant_left', {
    occupant: occupant(call, presence),
    sessionId: call.sessionId,
  })
}

/** `call_ended`: everybody has left. */
export function buildCallEndedWebhook(end: { call: Call; presences: Presence[]; at: number }) {
  const { call, presences, at } = end
  return envelope(call, 'call_ended', {
    all_occupants: presences.map(presence => occupant(call, { ...presence, leftAt: presence.leftAt ?? at })),
    destroyed_at: inSeconds(at),
    created_at: inSeconds(Math.min(at, ...presences.map(presence => presence.joinedAt))),
    sessionId: call.sessionId,
  })
}
