import { describe } from 'vitest'
import { describeWithBrowser } from '../../../../test/fixtures/describe-with-browser.ts'
import { companyNames, connectionFaults, pushFaults } from '../../page/faults.js'
import { itInOneWindow as it, partsOf } from './demo-page.ts'
import { keyboard, mouse } from './hands.ts'

/**
 * Presses the button of every fault of a provider on the demo's page, and reads there whether Ringer kept its promise. Every
 * second one is pressed with the keyboard.
 */
export function tryFaults(provider: 'apns' | 'fcm'): void {
  const faults = [...pushFaults[provider], ...connectionFaults[provider]]
  describeWithBrowser(`Break something at ${companyNames[provider]}`, () => {
    describe('keeps the promise', () => {
      it.for(faults.map(({ title }, index) => ({ title, hand: index % 2 === 0 ? mouse : keyboard })))(
        '$title',
        async ({ title, hand }, { demoPage }) => {
          const { radio } = partsOf(demoPage)
          await demoPage.getByText('More to break').click()
          await radio(companyNames[provider]).check()
          const list = demoPage.locator(`#${provider}-faults`)
          await hand.press(list.getByRole('button', { name: title, exact: true }))
          const verdict = demoPage.getByRole('status').filter({ hasText: title })
          await verdict.filter({ hasText: /took \d|and it did not/ }).waitFor()
          await demoPage.locator('#verdict[data-phase="kept"]').waitFor()
        },
      )
    })
  })
}
