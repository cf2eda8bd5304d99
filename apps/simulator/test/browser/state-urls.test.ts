import { expect } from 'vitest'
import { describeWithBrowser } from '../../../../test/fixtures/describe-with-browser.ts'
import { bobsPhones } from '../../src/phones/simulated-phones.ts'
import { it, partsOf } from './demo-page.ts'

const [iphone] = bobsPhones('bob')

describeWithBrowser('the demo’s page', () => {
  it('stops the iPhone when Alice hangs up, by its state URL and without a second push', async ({
    demo,
    demoPage,
  }) => {
    const { button, phone, shows } = partsOf(demoPage)
    demo.apns.clearReceived()
    await button('Call Bob').click()
    await shows(/from the webhook to all 3 screens/)
    await button('Hang up').click()
    await phone('Bob’s iPhone')
      .getByText('Stopped by its state URL, without a push: the caller hung up')
      .waitFor()
    // The missed call comes by the token for notifications.
    await demo.apns.waitFor(pushes => pushes.some(({ token }) => token === iphone?.alertToken))
    expect(demo.apns.received.filter(({ token }) => token === iphone?.token)).toHaveLength(1)
    await phone('Bob’s iPhone').getByText('Missed call from Alice Martin').first().waitFor()
  })

  it('shows in the timeline what the phones reported, and how long the call took to their screens', async ({
    demo,
    demoPage,
  }) => {
    const { button, shows } = partsOf(demoPage)
    await button('Call Bob').click()
    await shows(/^\d[\d.]* m?s from the webhook to all 3 screens$/)
    const row = demoPage.getByRole('row', { name: /^Shown/ })
    await row
      .getByText(/^\d[\d.]* m?s$/)
      .nth(2)
      .waitFor()
    await demoPage
      .getByLabel('Verdicts')
      .getByText(/^All devices: The phone reported/)
      .waitFor()
    const { call } = await demo.states.waitFor('the call', now => now.call?.phase === 'ringing')
    for (const { rang, receipts } of call?.timeline.phones ?? []) {
      expect(receipts).toMatchObject([{ event: 'shown' }])
      expect(receipts[0]?.at).toBeGreaterThanOrEqual(rang ?? Number.POSITIVE_INFINITY)
    }
  })

  it('shows nothing but a missed call on an iPhone whose push comes after the hang-up', async ({
    demo,
    demoPage,
  }) => {
    const { button, phone } = partsOf(demoPage)
    await button('Apple delivers late').first().click()
    const kept = demoPage.locator('#verdict[data-phase="kept"]')
    await kept.getByText('does not ring, and it did not. It reported “late”.').waitFor()
    await phone('Bob’s iPhone').getByText('Missed call from Alice Martin').first().waitFor()
    await phone('Bob’s iPhone')
      .getByText(/Its push came late/)
      .waitFor()
    const { call } = await demo.states.waitFor('the end', now => now.call?.phase === 'cancelled')
    const late = call?.timeline.phones.find(({ phone }) => phone === 'iphone')
    expect(late).toMatchObject({ receipts: [{ event: 'late' }], verdict: { code: 'late-on-phone' } })
    expect(late?.rang).toBeUndefined()
  })

  it('says that the iPhone is in Focus, and repairs it', async ({ demoPage }) => {
    const { button, phone } = partsOf(demoPage)
    await demoPage.getByText('More to break').click()
    await button('The iPhone is in Focus').click()
    await demoPage.locator('#verdict[data-phase="kept"]').getByText('It reported “suppressed”.').waitFor()
    await phone('Bob’s iPhone')
      .getByText(/^In Focus: it let no call through/)
      .waitFor()
    await button('Answer on Bob’s Android').waitFor()
    await button('Hang up').click()
    await button('Repair').click()
    await button('Call Bob').click()
    await button('Accept on Bob’s iPhone').waitFor()
  })
})
