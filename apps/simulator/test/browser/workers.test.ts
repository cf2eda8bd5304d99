import { describe, expect } from 'vitest'
import { it } from '../../../../test/fixtures/browser.ts'
import { describeWithBrowser } from '../../../../test/fixtures/describe-with-browser.ts'
import { simulateWorkers } from '../simulate-workers.ts'
import { startStage } from '../start-stage.ts'
import { partsOf } from './demo-page.ts'
import { keyboard, mouse } from './hands.ts'

describeWithBrowser('the workers on the demo’s page', () => {
  describe.each([
    ['the mouse', mouse],
    ['the keyboard alone', keyboard],
  ] as const)('with %s', (_, hand) => {
    it('can be killed in mid-send, and the promise is measured', async ({ page }) => {
      const { control, killed } = simulateWorkers(undefined, 'two')
      const { url, registered } = await startStage({ workers: control })
      await registered()
      await page.goto(url)
      await hand.press(partsOf(page).button('Kill the worker in mid-send'))
      const verdict = page.locator('#verdict[data-phase="kept"]')
      await verdict.getByText(/^Promised within 5 s, took \d.*2 pushes with the same apns-id/).waitFor()
      expect(killed).toEqual(['two'])
      await page.close()
    })

    it('can be killed one by one', async ({ page }) => {
      const { control, killed } = simulateWorkers()
      const { url } = await startStage({ workers: control })
      await page.goto(url)
      const { button, shows } = partsOf(page)
      await hand.press(page.getByText('More to break'))
      await hand.press(button('Kill two'))
      await shows('dead, restarting…')
      expect(killed).toEqual(['two'])
      await page.close()
    })
  })
})
