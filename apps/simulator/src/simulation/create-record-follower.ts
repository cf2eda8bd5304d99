import type { CallRecord, DeviceOutcome } from '@ringer/store'
import type { ReadCall } from '../timeline/watch-calls.ts'
import type { CallEntry } from './call-entry.ts'
import type { Scene } from './scene.ts'

export type RecordFollower = {
  /** The record of this call may have changed: reads it, unless that is about to be done. */
  now: (sessionId: string) => Promise<void>
  close: () => void
}

/** A retry moves the record without any job ending, of which nobody tells. */
const lookAgainMs = 300
const openOutcomes: ReadonlySet<DeviceOutcome> = new Set(['queued', 'sending', 'retryable'])

/**
 * Reads the record of a call after each of its changes. Changes come in bursts, so while one read is under way any
 * number of further ones ask for a single read more. While a device still waits for its push, the record is read again.
 */
export function createRecordFollower(
  scene: Scene,
  deps: { readCall: ReadCall; onError: (error: unknown) => void },
): RecordFollower {
  const reading = new Map<string, { again: boolean }>()
  let next: NodeJS.Timeout | undefined
  let closed = false

  const follow = async (sessionId: string): Promise<void> => {
    const under = reading.get(sessionId)
    if (under) {
      under.again = true
      return
    }
    const mine = { again: true }
    reading.set(sessionId, mine)
    try {
      while (mine.again) {
        mine.again = false
        const record = await deps.readCall(sessionId)
        const entry = scene.book.find(sessionId)
        if (!record || !entry) continue
        takeRecord(scene, entry, record)
        if (isOpen(entry)) lookAgain(sessionId)
      }
    } catch (error) {
      deps.onError(error)
    } finally {
      reading.delete(sessionId)
    }
  }

  /** One call rings at a time, so one timer is enough. */
  const lookAgain = (sessionId: string) => {
    clearTimeout(next)
    if (!closed) next = setTimeout(() => void follow(sessionId), lookAgainMs)
  }

  return {
    now: follow,
    close: () => {
      closed = true
      clearTimeout(next)
    },
  }
}

const isOpen = ({ phase, record }: CallEntry) =>
  phase === 'ringing' &&
  record?.rings.some(({ devices }) => devices.some(({ outcome }) => openOutcomes.has(outcome)))

/** Of a call that was placed elsewhere, the record is also how the page, and the iPhone's app, learn of its end. */
function takeRecord(scene: Scene, entry: CallEntry, record: CallRecord): void {
  entry.record = record
  const rings = record.rings.filter(({ recipient }) =>
    entry.members.some(({ person }) => person.uid === recipient),
  )
  const [ring] = rings
  const ended = rings.every(({ endAction }) => endAction !== undefined)
  if (!entry.placedHere && entry.phase === 'ringing' && ended && ring?.endAction) {
    entry.phase = ring.endAction === 'busy' ? 'ended' : ring.endAction
    entry.endedAt = ring.endedAt ?? scene.clock()
    scene.phones.stop('iphone', entry.call.sessionId, entry.phase, 'connection')
  }
  scene.changed()
}
