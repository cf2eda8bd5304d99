import { createParser } from 'eventsource-parser'

type Phone = {
  registration: { status: string }
  state: { status: string; last?: { reason: string; by: string } }
  notifications: { kind: string; title: string; text: string }[]
  badge?: number
}

/** What these tests read of the page's state. */
export type PageState = { phones: Phone[]; call?: { sessionId: string; phase: string } }

/** Follows the simulator's page from now on, and does what its buttons do. */
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
    /** The newest state that holds, as soon as there is one. */
    async waitFor(what: string, holds: (state: PageState) => boolean): Promise<PageState> {
      const limit = AbortSignal.timeout(10_000)
      const late = new Promise<'late'>(resolve => limit.addEventListener('abort', () => resolve('late')))
      for (;;) {
        if (newest && holds(newest)) return newest
        if ((await Promise.race([arrived.promise, late])) === 'late')
          throw new Error(`not seen within 10 s: ${what}; last ${JSON.stringify(newest, null, 1)}`)
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
