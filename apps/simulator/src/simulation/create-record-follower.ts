import type { CallRecord } from '@ringer/store'
import type { ReadCall } from '../timeline/watch-calls.ts'
import type { CallEntry } from './call-entry.ts'
import type { Scene } from './scene.ts'

/**
 * Reads the record of a call after each of its changes. Changes come in bursts, so while one read is under way any
 * number of further ones ask for a single read more.
 */
export function createRecordFollower(
  scene: Scene,
  deps: { readCall: ReadCall; onError: (error: unknown) => void },
): (sessionId: string) => Promise<void> {
  const reading = new Map<string, { again: boolean }>()

  return async sessionId => {
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
        if (record && entry) takeRecord(scene, entry, record)
      }
    } catch (error) {
      deps.onError(error)
    } finally {
      reading.delete(sessionId)
    }
  }
}

/** Of a call that was placed elsewhere, the record is also how the page, and the iPhone's app, learn of its end. */
function takeRecord(scene: Scene, entry: CallEntry, record: CallRecord): void {
  entry.record = record
  const ring = record.rings.find(({ recipient }) => recipient === entry.call.recipient.uid)
  if (!entry.placedHere && entry.phase === 'ringing' && ring?.endAction) {
    entry.phase = ring.endAction === 'busy' ? 'ended' : ring.endAction
    entry.endedAt = ring.endedAt ?? scene.clock()
    scene.phones.stop('iphone', entry.call.sessionId, entry.phase, 'connection')
  }
  scene.changed()
}
