import { createParser } from 'eventsource-parser'

/** What the demo reads of the page's state; the page itself reads more. */
export interface PageState {
  phones: { name: string; registration: { status: string } }[]
  call?: {
    sessionId: string
    timeline: { stored?: number; dequeued?: number; phones: PhoneTimes[] }
  }
}

/** Milliseconds after the webhook was sent. */
export interface PhoneTimes {
  phone: 'iphone' | 'android'
  sent?: number
  accepted?: number
  rang?: number
  problem?: string
}

/** Thrown when what was waited for did not come; holds the page's last word. */
export class WaitError extends Error {
  readonly last: PageState | undefined

  constructor(last: PageState | undefined) {
    super('it did not come in time')
    this.last = last
  }
}

/**
 * Waits until the simulator's page shows something, by the same stream of events that the page itself lives on.
 * @throws WaitError after `limitMs`
 */
export async function waitForPage(
  url: string,
  limitMs: number,
  shows: (state: PageState) => boolean,
): Promise<PageState> {
  let last: PageState | undefined
  const limit = AbortSignal.timeout(limitMs)
  const done = new AbortController()
  try {
    const response = await fetch(new URL('/api/events', url), {
      signal: AbortSignal.any([limit, done.signal]),
    })
    const parser = createParser({
      onEvent: event => {
        last = JSON.parse(event.data) as PageState
      },
    })
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      parser.feed(decoder.decode(chunk, { stream: true }))
      if (last && shows(last)) return last
    }
  } catch (error) {
    if (!limit.aborted) throw error
  } finally {
    done.abort()
  }
  throw new WaitError(last)
}
