import type { BobsPhone } from '../phones/bobs-phones.ts'
import type { PhoneId, PhoneState } from '../phones/phone-state.ts'
import type { Registration } from '../phones/register-phones.ts'
import { buildTimeline, type Timeline } from '../timeline/build-timeline.ts'
import type { CallEntry, CallPhase } from './call-entry.ts'
import type { LogEntry } from './create-log.ts'
import { answerStatus, describeAnswer } from './describe-answer.ts'
import type { Scene } from './scene.ts'

/** Everything the page shows, and nothing secret: it is sent whole after each change. */
export type Snapshot = {
  /** The server's clock, epoch ms, so that a page's countdown is right whatever its own clock says. */
  now: number
  ringSeconds: number
  caller: string
  recipient: string
  phones: PhoneView[]
  call?: CallView | undefined
  log: LogEntry[]
}

export type PhoneView = { id: PhoneId; name: string; registration: Registration; state: PhoneState }

export type CallView = {
  sessionId: string
  callType: string
  caller: string
  phase: CallPhase
  placedHere: boolean
  by?: PhoneId | undefined
  startedAt: number
  answeredAt?: number | undefined
  endedAt?: number | undefined
  /** Answers to `call_initiated`, one per delivery. `status` is 0 where no answer came. */
  answers: { status: number; said?: string | undefined; text: string; attempt: number }[]
  ringPushes: Record<PhoneId, number>
  timeline: Timeline
}

/** Builds the page's view of the simulation as it is now. */
export function buildSnapshot(
  scene: Scene,
  phones: BobsPhone[],
  registrations: Record<PhoneId, Registration>,
): Snapshot {
  const entry = scene.book.newest()
  return {
    now: scene.clock(),
    ringSeconds: scene.ringSeconds,
    caller: scene.alice.name,
    recipient: scene.bob.name,
    phones: phones.map(({ id, name }) => ({
      id,
      name,
      registration: registrations[id],
      state: scene.phones.state(id),
    })),
    call: entry && viewOf(entry, registrations),
    log: scene.log.entries(),
  }
}

function viewOf(entry: CallEntry, registrations: Record<PhoneId, Registration>): CallView {
  const { call, phase, placedHere, by, answeredAt, endedAt, ringPushes, pushes, rangAt, record } = entry
  const rings = entry.deliveries.filter(({ trigger }) => trigger === 'call_initiated')
  const stored = rings.find(answer => answerStatus(answer) === 'queued')
  return {
    sessionId: call.sessionId,
    callType: call.callType,
    caller: call.caller.name,
    phase,
    placedHere,
    by,
    startedAt: call.initiatedAt,
    answeredAt,
    endedAt,
    answers: rings.map(answer => ({
      status: answer.status,
      said: answerStatus(answer),
      text: describeAnswer(answer),
      attempt: answer.attempt,
    })),
    ringPushes,
    timeline: buildTimeline({
      webhookAt: rings[0]?.sentAt,
      storedAt: stored && stored.sentAt + stored.ms,
      rangAt,
      pushes,
      recipient: call.recipient.uid,
      deviceIds: { iphone: deviceIdOf(registrations.iphone), android: deviceIdOf(registrations.android) },
      record,
    }),
  }
}

function deviceIdOf(registration: Registration): string | undefined {
  return registration.status === 'registered' ? registration.deviceId : undefined
}
