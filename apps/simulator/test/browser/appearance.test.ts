import type { Locator, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { View } from '../../../../test/fixtures/browser.ts'
import { describeWithBrowser } from '../../../../test/fixtures/describe-with-browser.ts'
import { findBarriers } from '../../../../test/fixtures/find-barriers.ts'
import { it as pageIt, partsOf } from './demo-page.ts'

const wide = { width: 1440, height: 900 }
const narrow = { width: 360, height: 740 }

const views: [string, View][] = [
  ['wide and light', { viewport: wide, colorScheme: 'light' }],
  ['wide and dark', { viewport: wide, colorScheme: 'dark' }],
  ['narrow and light', { viewport: narrow, colorScheme: 'light', hasTouch: true }],
  ['narrow and dark', { viewport: narrow, colorScheme: 'dark', hasTouch: true }],
]

/** How far the page is wider than its window, px. */
const overflow = (page: Page) => page.locator(':root').evaluate(root => root.scrollWidth - root.clientWidth)

describeWithBrowser('the demo’s page', () => {
  describe.each(views)('%s', (_, view) => {
    const it = pageIt.extend('view', (): View => view)

    it('has no accessibility violation, in any state', async ({ demoPage: page }) => {
      const { button, phone, radio, shows } = partsOf(page)
      const look = async (state: string) => {
        expect(await findBarriers(page), state).toEqual([])
        expect(await overflow(page), `${state}: wider than the window`).toBe(0)
      }
      await look('before a call')
      await radio('Chess club').check()
      await button('Call Chess club').click()
      await shows(/from the webhook to all 4 screens/)
      await look('a group rings')
      // The first one brings their card into the window, where nobody has to scroll for the others.
      await page
        .getByRole('heading', { name: 'Bob’s and Carol’s devices' })
        .evaluate(heading => heading.scrollIntoView({ block: 'start' }))
      for (const name of devices) expect(await isInView(phone(name)), `${name} is in view`).toBe(true)
      await button('Answer on Carol’s Android').click()
      await shows(/^Talking to Carol/)
      await look('one talks, two ring')
      await button('Hang up').click()
      await shows(/^Call ended/)
      await look('after a call')
      await page.getByText('More to break').click()
      await look('what can be broken')
    })
  })

  pageIt('has no animation with prefers-reduced-motion', async ({ demoPage }) => {
    expect(await movesWhileRinging(demoPage)).toBe(0)
  })

  describe('without prefers-reduced-motion', () => {
    const it = pageIt.extend('view', (): View => ({ reducedMotion: 'no-preference' }))
    it('is animated while a call rings', async ({ demoPage }) => {
      expect(await movesWhileRinging(demoPage)).toBeGreaterThan(0)
    })
  })
})

const devices = ['Bob’s iPhone', 'Bob’s Android', 'Bob’s laptop', 'Carol’s Android']

/** Whether the whole of it is in the window, without scrolling. */
const isInView = (what: Locator) =>
  what.evaluate(element => {
    const { top, bottom } = element.getBoundingClientRect()
    return top >= 0 && bottom <= element.ownerDocument.documentElement.clientHeight
  })

/** How many animations run while Bob's phones ring. */
async function movesWhileRinging(page: Page): Promise<number> {
  const { button } = partsOf(page)
  await button('Call Bob').click()
  await button('Answer on Bob’s Android').waitFor()
  return page.locator(':root').evaluate(root => root.ownerDocument.getAnimations().length)
}
