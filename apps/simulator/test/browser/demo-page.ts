import type { Page } from 'playwright-core'
import { it as browserIt, openPage } from '../../../../test/fixtures/browser.ts'
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
    await load(page, demo)
    return page
  })

/** The same in one window for all tests of a file, in which the page is loaded again for each: most of a short test is its window. */
export const itInOneWindow = it
  .extend('window', { scope: 'file' }, async ({ browser }, { onCleanup }) => {
    const window = await openPage(browser)
    onCleanup(window.close)
    return window
  })
  .extend('demoPage', async ({ demo, window: { page, leave, expectNoTrouble } }, { onCleanup }) => {
    await load(page, demo)
    onCleanup(async () => {
      await leave()
      expectNoTrouble()
    })
    return page
  })

async function load(page: Page, demo: Awaited<ReturnType<typeof startPage>>): Promise<void> {
  await demo.makeQuiet()
  await page.goto(demo.url)
  await page.getByText('Phones registered').waitFor()
}

/** The parts of the page that tests use. */
export const partsOf = (page: Page) => ({
  button: (name: string | RegExp) => page.getByRole('button', { name }),
  radio: (name: string) => page.getByRole('radio', { name, exact: true }),
  phone: (name: string) => page.getByRole('article', { name }),
  /** Resolves when the page shows this text. */
  shows: (text: string | RegExp) => page.getByText(text).first().waitFor(),
})
