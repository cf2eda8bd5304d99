import type { PageState } from '../src/create-simulator.ts'
import type { PhoneId } from '../src/phones/handset-state.ts'

/** Reads the server-sent events as a page does, and waits for a state that meets a condition. */
export async function openStates(url: string) {
  const closing = new AbortController()
  const response = await fetch(`${url}/api/events`, { signal: closing.signal })
  const states: PageState[] = []
  let arrival = Promise.withResolvers<void>()

  async function read() {
    if (!response.body) return
    let rest = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split('\n\n')
      rest = events.pop() ?? ''
      for (const event of events) {
        const json = /^event: state\ndata: (.*)$/m.exec(event)?.[1]
        if (json !== undefined) states.push(JSON.parse(json))
      }
      arrival.resolve()
      arrival = Promise.withResolvers()
    }
  }
  read().catch(() => undefined)

  /** Resolves with the newest state as soon as it meets the condition; rejects after 10 s. */
  async function waitFor(what: string, isMet: (state: PageState) => boolean | undefined): Promise<PageState> {
    const limit = AbortSignal.timeout(10_000)
    const late = new Promise<'late'>(resolve => limit.addEventListener('abort', () => resolve('late')))
    for (;;) {
      const newest = states.at(-1)
      if (newest && isMet(newest)) return newest
      const outcome = await Promise.race([arrival.promise, late])
      if (outcome === 'late')
        throw new Error(`not seen within 10 s: ${what}; last ${JSON.stringify(newest, null, 1)}`)
    }
  }

  return { headers: response.headers, waitFor, close: () => closing.abort() }
}

/** The state of one phone. */
export const phoneIn = (state: PageState, id: PhoneId) => state.phones.find(phone => phone.id === id)?.state

/**
 * Whether Bob's phones have these statuses.
 *
 * @param laptop default: as his Android phone, unless that is in the call
 */
export const phonesAre = (
  state: PageState,
  iphone: string,
  android: string,
  laptop = android === 'connected' ? 'idle' : android,
) =>
  phoneIn(state, 'iphone')?.status === iphone &&
  phoneIn(state, 'android')?.status === android &&
  phoneIn(state, 'laptop')?.status === laptop

/** Bob's phones. The page also has Carol's. */
export const bobsIn = (state: PageState) => state.phones.filter(({ owner }) => owner === 'bob')
