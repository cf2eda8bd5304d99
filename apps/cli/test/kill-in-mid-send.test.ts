import { expect, it } from 'vitest'
import { startStack } from '../src/demo/start-stack.ts'
import { watchPage } from './watch-page.ts'

// F1, with the demo's own processes: the promise beside the page's button.
it('rings the iPhone within 5 s of the death of the worker that held its push', {
  timeout: 60_000,
}, async () => {
  const stack = await startStack({ page: 0, ingress: 0, workers: 2 })
  const page = await watchPage(stack.pageUrl)
  try {
    await page.waitFor('registered phones', ({ phones }) =>
      phones.every(({ registration }) => registration.status === 'registered'),
    )
    await page.post('/api/chaos/kill-in-mid-send', {})
    const { breakage } = await page.waitFor(
      'the ring after the kill',
      state => state.breakage.midSendKill?.phase === 'rang',
    )
    expect(breakage.midSendKill?.killed).toHaveLength(1)
    expect(breakage.midSendKill?.ringMs).toBeLessThan(5_000)
    expect(breakage.midSendKill?.sameApnsId).toBe(true)
    const [killed] = breakage.midSendKill?.killed ?? []
    const survivor = breakage.workers.find(({ id }) => id !== killed?.id)
    expect(survivor?.alive).toBe(true)
    await page.waitFor('both workers', state => state.breakage.workers.every(({ alive }) => alive))
  } finally {
    page.close()
    await stack.close()
  }
})
