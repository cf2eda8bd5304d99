import { createParser } from 'eventsource-parser'

/** The part of the page's state that the demo reads. */
export interface DemoPageState {
  phones: { name: string; registration: { status: string } }[]
  call?: {
    sessionId: string
    timeline: { stored?: number; dequeued?: number; phones: PhoneTimes[] }
  }
}

/** Milliseconds after the webhook was sent. */
export interface PhoneTimes {
  phone: 'iphone' | 'android' | 'laptop'
  sent?: number
  accepted?: number
  rang?: number
  /** What the phone reported to Ringer, and when the report arrived. */
  receipts: { event: string; at: number }[]
  /** Why it rang or did not. */
  verdict?: { sentence: string }
}

/** Thrown when a state did not come in time; holds the last state of the page. */
export class WaitError extends Error {
  readonly last: DemoPageState | undefined

  constructor(last: DemoPageState | undefined) {
    super('the expected state did not come in time')
    this.last = last
  }
}

/**
 * Waits for a state of the simulator's page, on the event stream that the page itself uses.
 *
 * @throws WaitError after `limitMs`
 */
export async function waitForPage(
  url: string,
  limitMs: number,
  shows: (state: DemoPageState) => boolean,
): Promise<DemoPageState> {
  let last: DemoPageState | undefined
  const limit = AbortSignal.timeout(limitMs)
  const done = new AbortController()
  try {
    const response = await fetch(new URL('/api/events', url), {
      signal: AbortSignal.any([limit, done.signal]),
    })
    const parser = createParser({
      onEvent: event => {
        last = JSON.parse(event.data) as DemoPageState
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
