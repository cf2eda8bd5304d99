import type { CallRecord, DeviceOutcome } from '@ringer/store'
import type { CallEntry } from '../scene/call-entry.ts'
import type { Scene } from '../scene/scene.ts'
import type { ReadCall } from '../watch-store.ts'

export interface RecordFollower {
  /** Reads the record of this call, which may have changed. Joins a read that is already waiting to start. */
  follow: (sessionId: string) => Promise<void>
  close: () => void
}

/** A retry changes the record without ending a job, so no event announces it: the record is polled. */
const POLL_MS = 300
const OPEN_OUTCOMES: ReadonlySet<DeviceOutcome> = new Set(['queued', 'sending', 'retryable'])

/**
 * Reads the record of a call after each of its changes. Changes come in bursts: all that arrive during a read cause one
 * more read. While a device still waits for its push, the record is also polled.
 */
export function createRecordFollower(
  scene: Scene,
  deps: { readCall: ReadCall; onError: (error: unknown) => void },
): RecordFollower {
  const reads = new Map<string, { again: boolean }>()
  let nextPoll: NodeJS.Timeout | undefined
  let closed = false

  const follow = async (sessionId: string): Promise<void> => {
    const running = reads.get(sessionId)
    if (running) {
      running.again = true
      return
    }
    const read = { again: true }
    reads.set(sessionId, read)
    try {
      while (read.again) {
        read.again = false
        const record = await deps.readCall(sessionId)
        const entry = scene.book.find(sessionId)
        if (!record || !entry) continue
        applyRecord(scene, entry, record)
        if (isOpen(entry)) schedulePoll(sessionId)
      }
    } catch (error) {
      deps.onError(error)
    } finally {
      reads.delete(sessionId)
    }
  }

  /** One call rings at a time, so one timer is enough. */
  const schedulePoll = (sessionId: string) => {
    clearTimeout(nextPoll)
    if (!closed) nextPoll = setTimeout(() => void follow(sessionId), POLL_MS)
  }

  return {
    follow,
    close: () => {
      closed = true
      clearTimeout(nextPoll)
    },
  }
}

const isOpen = ({ phase, record }: CallEntry) =>
  phase === 'ringing' &&
  record?.rings.some(({ devices }) => devices.some(({ outcome }) => OPEN_OUTCOMES.has(outcome)))

/** Stores the record. A call that was placed elsewhere also ends on this page by its record, and on an iPhone that cannot ask. */
function applyRecord(scene: Scene, entry: CallEntry, record: CallRecord): void {
  entry.record = record
  const rings = record.rings.filter(({ recipient }) =>
    entry.members.some(({ person }) => person.uid === recipient),
  )
  const [ring] = rings
  const ended = rings.every(({ endAction }) => endAction !== undefined)
  if (!entry.placedHere && entry.phase === 'ringing' && ended && ring?.endAction) {
    entry.phase = ring.endAction === 'busy' ? 'ended' : ring.endAction
    entry.endedAt = ring.endedAt ?? scene.clock()
    const { sessionId } = entry.call
    if (!scene.stateAsker.isInformed('iphone', sessionId))
      scene.phones.stop('iphone', sessionId, entry.phase, 'connection')
  }
  scene.changed()
}
