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
await page.getByText('from the webhook to both screens').waitFor()
await press('Hang up')
await page.getByText('Missed call from Alice Martin').nth(1).waitFor()
const dismiss = page.getByRole('button', { name: /^Dismiss / })
await dismiss.nth(1).click()
await dismiss.nth(1).waitFor({ state: 'detached' })
await dismiss.click()
await dismiss.waitFor({ state: 'detached' })

await press('Call Bob')
await page.getByText('from the webhook to both screens').waitFor()
await page.getByText('Both phones:').waitFor()
await page.screenshot({ path: PATH })
process.stdout.write(`${PATH}\n`)

await browser.close()
await stack.close()
process.exit()
