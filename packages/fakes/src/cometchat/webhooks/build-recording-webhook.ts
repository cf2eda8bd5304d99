import type { Session } from './call.ts'
import { envelope, inSeconds, type Webhook } from './envelope.ts'

/** Builds `recording_generated`, for a recording of 21 s. `at` is when it began, epoch ms. */
export function buildRecordingWebhook({ session, at }: { session: Session; at: number }): Webhook {
  return envelope(session, 'recording_generated', {
    recordingDate: dateOf(at),
    duration: '21.433000',
    startTime: String(inSeconds(at)),
    sessionId: session.sessionId,
    recording_url: 'https://recordings.example.com/90311.mp4',
  })
}

/** Builds `transcription_generated`, for the same 21 s. */
export function buildTranscriptionWebhook({ session, at }: { session: Session; at: number }): Webhook {
  return envelope(session, 'transcription_generated', {
    sessionId: session.sessionId,
    tid: 'tr-5512',
    transcriptDate: dateOf(at),
    transcript_url: 'https://recordings.example.com/90311.txt',
    startTime: inSeconds(at),
    endTime: inSeconds(at) + 21,
  })
}

const dateOf = (epochMs: number) => new Date(epochMs).toISOString().slice(0, 10)
