import type { ReceivedPush } from './received-push.ts'

export interface PushLog {
  readonly received: readonly ReceivedPush[]
  record(push: ReceivedPush): void
  accepted(token?: string): ReceivedPush[]
  acceptedCount(token: string): number
  clear(): void
  onPush(listener: (push: ReceivedPush) => void): () => void
  waitFor(
    predicate: (received: readonly ReceivedPush[]) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<readonly ReceivedPush[]>
  /** Rejects every pending `waitFor`. */
  close(): void
}

/** Keeps everything that a stand-in received, and notifies its listeners. */
export function createPushLog(): PushLog {
  const received: ReceivedPush[] = []
  const counts = new Map<string, number>()
  const listeners = new Set<(push: ReceivedPush) => void>()
  const waiting = new Set<(error: Error) => void>()

  const onPush: PushLog['onPush'] = listener => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  const waitFor: PushLog['waitFor'] = (predicate, { timeoutMs = 5000 } = {}) =>
    new Promise((resolve, reject) => {
      if (predicate(received)) return resolve(received)
      const stop = () => {
        clearTimeout(timer)
        off()
        waiting.delete(fail)
      }
      const fail = (error: Error) => {
        stop()
        reject(error)
      }
      const off = onPush(() => {
        try {
          if (!predicate(received)) return
          stop()
          resolve(received)
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)))
        }
      })
      const timer = setTimeout(
        () => fail(new Error(`Not seen within ${timeoutMs} ms; received ${describe(received)}`)),
        timeoutMs,
      )
      waiting.add(fail)
    })

  return {
    received,
    record(push) {
      received.push(push)
      if (push.accepted && push.token !== null) counts.set(push.token, (counts.get(push.token) ?? 0) + 1)
      for (const listener of [...listeners]) listener(push)
    },
    accepted: token =>
      received.filter(push => push.accepted && (token === undefined || push.token === token)),
    acceptedCount: token => counts.get(token) ?? 0,
    clear() {
      received.length = 0
      counts.clear()
    },
    onPush,
    waitFor,
    close() {
      for (const fail of [...waiting]) fail(new Error(`Closed while waiting; received ${describe(received)}`))
    },
  }
}

const MAX_SHOWN = 20

/** Describes what was received, with at most the last 6 characters of each token. */
function describe(received: readonly ReceivedPush[]): string {
  if (received.length === 0) return 'nothing'
  const shown = received.slice(-MAX_SHOWN).map(push => {
    const answer =
      push.fault !== null && push.status === null ? push.fault : `${push.status} ${push.reason ?? ''}`
    return `…${push.token?.slice(-6) ?? 'no token'} ${answer.trim()}${push.accepted ? ' (accepted)' : ''}`
  })
  const more = received.length > MAX_SHOWN ? `${received.length - MAX_SHOWN} others, then ` : ''
  return `${received.length}: ${more}${shown.join(', ')}`
}
