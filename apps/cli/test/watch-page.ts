import { createParser } from 'eventsource-parser'

const LIMIT_MS = 20_000

interface Phone {
  registration: { status: string }
  state: { status: string; last?: { reason: string; by: string; at: number } }
  notifications: { kind: string; title: string; text: string }[]
  badge?: number
}

/** The part of the page's state that these tests read. */
export interface PageState {
  phones: Phone[]
  call?: { sessionId: string; phase: string; endedAt?: number; ringPushes: Partial<Record<string, number>> }
  breakage: {
    workers: { id: string; alive: boolean }[]
    midSendKill?: { phase: string; killed: { id: string }[]; ringMs: number; sameApnsId: boolean }
  }
}

/** Follows the state of the simulator's page, and sends what its buttons send. */
export async function watchPage(url: string) {
  const closing = new AbortController()
  const response = await fetch(new URL('/api/events', url), { signal: closing.signal })
  let newest: PageState | undefined
  let arrived = Promise.withResolvers<void>()
  const parser = createParser({
    onEvent: event => {
      newest = JSON.parse(event.data)
      arrived.resolve()
      arrived = Promise.withResolvers()
    },
  })
  async function read() {
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) parser.feed(text)
  }
  read().catch(() => undefined)

  return {
    close: () => closing.abort(),
    /** Resolves with the first state, from the newest on, for which `holds` is true. */
    async waitFor(what: string, holds: (state: PageState) => boolean): Promise<PageState> {
      const limit = AbortSignal.timeout(LIMIT_MS)
      const late = new Promise<'late'>(resolve => limit.addEventListener('abort', () => resolve('late')))
      for (;;) {
        if (newest && holds(newest)) return newest
        if ((await Promise.race([arrived.promise, late])) === 'late')
          throw new Error(
            `not seen within ${LIMIT_MS / 1_000} s: ${what}; last ${JSON.stringify(newest, null, 1)}`,
          )
      }
    },
    async post(path: string, body: object) {
      const answer = await fetch(new URL(path, url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as { sessionId: string }
    },
  }
}
