import { expect, it } from 'vitest'
import { startStack } from '../src/demo/start-stack.ts'

type State = {
  phones: { registration: { status: string } }[]
  breakage: {
    workers: { id: string; alive: boolean }[]
    midSendKill?: { phase: string; killed: { id: string }[]; ringMs: number; sameApnsId: boolean }
  }
}

/** Reads the page's events until a state holds. */
async function waitFor(pageUrl: string, holds: (state: State) => boolean): Promise<State> {
  const response = await fetch(new URL('/api/events', pageUrl), { signal: AbortSignal.timeout(20_000) })
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (rest + chunk).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      const json = /^data: (.*)$/m.exec(event)?.[1]
      const state: State | undefined = json === undefined ? undefined : JSON.parse(json)
      if (state && holds(state)) return state
    }
  }
  throw new Error('the page went away')
}

// F1, as the page shows it: the demo's own processes, and the promise that stands beside the button.
it('rings the iPhone within 5 s of the death of the worker that held its push', {
  timeout: 60_000,
}, async () => {
  const stack = await startStack({ page: 0, ingress: 0, workers: 2 })
  try {
    await waitFor(stack.pageUrl, ({ phones }) =>
      phones.every(({ registration }) => registration.status === 'registered'),
    )
    const answer = await fetch(new URL('/api/chaos/kill-in-mid-send', stack.pageUrl), { method: 'POST' })
    expect(answer.status).toBe(200)
    const { breakage } = await waitFor(stack.pageUrl, state => state.breakage.midSendKill?.phase === 'rang')
    expect(breakage.midSendKill?.killed).toHaveLength(1)
    expect(breakage.midSendKill?.ringMs).toBeLessThan(5_000)
    expect(breakage.midSendKill?.sameApnsId).toBe(true)
    const [killed] = breakage.midSendKill?.killed ?? []
    const survivor = breakage.workers.find(({ id }) => id !== killed?.id)
    expect(survivor?.alive).toBe(true)
    await waitFor(stack.pageUrl, state => state.breakage.workers.every(({ alive }) => alive))
  } finally {
    await stack.close()
  }
})
