import type { Page } from 'playwright-core'
import { it as browserIt } from '../../../../test/fixtures/browser.ts'
import { startPage } from './start-page.ts'

/**
 * Vitest's `it` with the demo's page in a browser. The tests of a file share one Ringer; each test gets the page with no call and
 * nothing broken.
 */
export const it = browserIt
  .extend('start', { scope: 'file' }, () => startPage)
  .extend('demo', { scope: 'file' }, async ({ start }, { onCleanup }) => {
    const demo = await start()
    onCleanup(demo.close)
    return demo
  })
  .extend('demoPage', async ({ demo, page }) => {
    await demo.makeQuiet()
    await page.goto(demo.url)
    await page.getByText('Phones registered').waitFor()
    return page
  })

/** The parts of the page that tests use. */
export const partsOf = (page: Page) => ({
  button: (name: string | RegExp) => page.getByRole('button', { name }),
  radio: (name: string) => page.getByRole('radio', { name, exact: true }),
  phone: (name: string) => page.getByRole('article', { name }),
  /** Resolves when the page shows this text. */
  shows: (text: string | RegExp) => page.getByText(text).first().waitFor(),
})
