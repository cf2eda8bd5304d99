import { fileURLToPath } from 'node:url'
import { startStack } from '../../apps/cli/src/demo/start-stack.ts'
import { launchChromium } from '../../test/fixtures/launch-chromium.ts'

/** The picture in the README. */
const PATH = fileURLToPath(new URL('../../docs/demo.png', import.meta.url))
const SIZE = { width: 1440, height: 900 }

const stack = await startStack({ page: 0, ingress: 0, workers: 2 })
const browser = await launchChromium()
const context = await browser.newContext({
  ...{ viewport: SIZE, deviceScaleFactor: 1, colorScheme: 'light', reducedMotion: 'reduce' },
  ...{ locale: 'en-GB', timezoneId: 'Europe/Berlin' },
})
const page = await context.newPage()
const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
await page.goto(stack.pageUrl)
await page.getByText('Phones registered').waitFor()

// The first call is slower than any other: its connections are new.
await press('Call Bob')
await page.getByText('from the webhook to all 3 screens').waitFor()
await press('Hang up')
await page.getByText('Missed call from Alice Martin').nth(2).waitFor()
const dismiss = page.getByRole('button', { name: /^Dismiss / })
for (const left of [2, 1, 0]) {
  await dismiss.nth(left).click()
  await dismiss.nth(left).waitFor({ state: 'detached' })
}

await press('Call Bob')
await page.getByText('from the webhook to all 3 screens').waitFor()
await page.getByText('All devices:').waitFor()
await page.screenshot({ path: PATH })
process.stdout.write(`${PATH}\n`)

await browser.close()
await stack.close()
process.exit()
