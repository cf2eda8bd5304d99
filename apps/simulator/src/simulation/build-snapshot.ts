import type { Handset } from '../phones/handset.ts'
import type { HandsetState, PhoneId } from '../phones/handset-state.ts'
import type { PhoneNotification } from '../phones/phone-notification.ts'
import type { PhoneRegistration } from '../phones/register-phones.ts'
import { type CallEntry, type CallPhase, isGroup, type Member } from '../scene/call-entry.ts'
import type { LogEntry } from '../scene/create-log.ts'
import { answerStatus, describeAnswer } from '../scene/describe-answer.ts'
import { alice, bob, chessClub } from '../scene/people.ts'
import type { Scene } from '../scene/scene.ts'
import { buildTimeline, type Timeline } from '../timeline/build-timeline.ts'

/** Everything that the page shows, and nothing secret. It is sent whole after each change. */
export interface Snapshot {
  /** The server's clock, epoch ms: it makes a page's countdown correct even if the page's own clock is wrong. */
  now: number
  ringSeconds: number
  caller: string
  recipient: string
  /** The name of the group that can be called. */
  group: string
  phones: PhoneView[]
  call?: SnapshotCall | undefined
  log: LogEntry[]
}

export interface PhoneView extends Pick<Handset, 'id' | 'name' | 'platform'> {
  /** Its user's uid. */
  owner: string
  registration: PhoneRegistration
  state: HandsetState
  /** The notifications on its lock screen, newest first. */
  notifications: PhoneNotification[]
  /** The number on the app's icon. */
  badge?: number | undefined
}

export interface MemberView {
  uid: string
  name: string
  phase: Member['phase']
  by?: PhoneId | undefined
}

export interface SnapshotCall {
  sessionId: string
  callType: string
  caller: string
  /** The name of the person or the group that is called. */
  callee: string
  isGroup: boolean
  members: MemberView[]
  phase: CallPhase
  placedHere: boolean
  by?: PhoneId | undefined
  startedAt: number
  answeredAt?: number | undefined
  endedAt?: number | undefined
  /** The answers to `call_initiated`, one per delivery. `status` is 0 if there was no answer. */
  answers: { status: number; said?: string | undefined; text: string; attempt: number }[]
  /** The number of pushes that asked each phone of the people called to ring. */
  ringPushes: Partial<Record<PhoneId, number>>
  timeline: Timeline
}

/** Builds the page's view of the simulation's present state. */
export function buildSnapshot(scene: Scene, registrations: Record<PhoneId, PhoneRegistration>): Snapshot {
  const entry = scene.book.newest()
  return {
    now: scene.clock(),
    ringSeconds: scene.ringSeconds,
    caller: alice.name,
    recipient: bob.name,
    group: chessClub.name,
    phones: scene.handsets.map(({ id, name, platform, uid }) => ({
      ...{ id, name, platform, owner: uid },
      registration: registrations[id],
      state: scene.phones.state(id),
      notifications: scene.trays.shown(id),
      badge: scene.trays.badge(id),
    })),
    call: entry && viewOf(scene, entry, registrations),
    log: scene.log.entries(),
  }
}

function viewOf(
  scene: Scene,
  entry: CallEntry,
  registrations: Record<PhoneId, PhoneRegistration>,
): SnapshotCall {
  const { call, phase, placedHere, by, answeredAt, endedAt, ringPushes, pushes, rangAt, record } = entry
  const rings = entry.deliveries.filter(({ trigger }) => trigger === 'call_initiated')
  const stored = rings.find(answer => answerStatus(answer) === 'queued')
  return {
    sessionId: call.sessionId,
    callType: call.callType,
    caller: call.caller.name,
    callee: call.callee.name,
    isGroup: isGroup(entry),
    members: entry.members.map(({ person, phase, by }) => ({ ...person, phase, by })),
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
      phones: phonesOf(scene, entry).map(({ id, uid, platform }) => ({
        ...{ id, uid, platform },
        owner: entry.members.find(({ person }) => person.uid === uid)?.person.name ?? uid,
        deviceId: deviceIdOf(registrations[id]),
      })),
      record,
      now: scene.clock(),
    }),
  }
}

function deviceIdOf(registration: PhoneRegistration): string | undefined {
  return registration.status === 'registered' ? registration.deviceId : undefined
}

const phonesOf = ({ handsets }: Scene, { members }: CallEntry) =>
  handsets.filter(({ uid }) => members.some(({ person }) => person.uid === uid))
