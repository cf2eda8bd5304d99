import type { Scene } from '../scene/scene.ts'
import { closeCall } from './close-call.ts'

export interface Lapses {
  /** Ends this call at the deadline (epoch ms) if it still rings. Ignores a call that was placed on this page: Alice gives up. */
  watch: (sessionId: string, deadline: number) => void
  close: () => void
}

/** The phones' own clocks come first, so that they stop by themselves. */
const SLACK_MS = 50

/** Ends calls that were placed elsewhere, and that nobody answers or ends: their caller is not on this page. */
export function createLapses(scene: Scene): Lapses {
  const timers = new Map<string, NodeJS.Timeout>()
  const lapse = (sessionId: string) => {
    timers.delete(sessionId)
    const entry = scene.book.find(sessionId)
    if (entry?.phase === 'ringing') closeCall(scene, entry, 'unanswered')
  }
  return {
    watch: (sessionId, deadline) => {
      const entry = scene.book.find(sessionId)
      if (!entry || entry.placedHere || timers.has(sessionId)) return
      timers.set(sessionId, setTimeout(lapse, deadline - scene.clock() + SLACK_MS, sessionId))
    },
    close: () => {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
