import { describe, expect } from 'vitest'
import { describeWithBrowser } from '../../../../test/fixtures/describe-with-browser.ts'
import { itInOneWindow as it, partsOf } from './demo-page.ts'
import { type Hand, keyboard, mouse } from './hands.ts'

const hands: [string, Hand][] = [
  ['the mouse', mouse],
  ['the keyboard alone', keyboard],
]

describeWithBrowser('the demo’s page', () => {
  describe.each(hands)('used by %s', (_, hand) => {
    it('rings all three devices; Bob answers on one, and Alice hangs up', async ({ demoPage }) => {
      const { button, phone, shows } = partsOf(demoPage)
      await hand.press(button('Call Bob'))
      await button('Accept on Bob’s iPhone').waitFor()
      await button('Answer on Bob’s Android').waitFor()
      await shows(/from the webhook to all 3 screens/)
      await hand.press(button('Accept on Bob’s iPhone'))
      await phone('Bob’s iPhone').getByText('Answered here').waitFor()
      await phone('Bob’s Android').getByText('answered on another device').waitFor()
      await shows(/^Talking to Bob, 0:\d\d$/)
      await hand.press(button('Hang up'))
      await shows(/^Call ended after 0:\d\d$/)
      await button('Call Bob').waitFor()
    })

    it('stops the others when Bob answers on his laptop', async ({ demoPage }) => {
      const { button, phone, shows } = partsOf(demoPage)
      await hand.press(button('Call Bob'))
      await hand.press(button('Answer on Bob’s laptop'))
      await phone('Bob’s laptop').getByText('Answered here').waitFor()
      await phone('Bob’s Android').getByText('answered on another device').waitFor()
      await phone('Bob’s iPhone').getByText('answered on another device').waitFor()
      await hand.press(button('End on Bob’s laptop'))
      await shows(/^Call ended after 0:\d\d$/)
    })

    it('stops the others when Bob declines on one', async ({ demoPage }) => {
      const { button, phone, shows } = partsOf(demoPage)
      await hand.press(button('Call Bob'))
      await hand.press(button('Decline on Bob’s Android'))
      await shows('Bob declined on his Android phone')
      await phone('Bob’s Android').getByText('Declined here').waitFor()
      await phone('Bob’s iPhone').getByText('declined on another device').waitFor()
    })

    it('stops all of them when Alice hangs up, and shows the missed call', async ({ demoPage }) => {
      const { button, phone, shows } = partsOf(demoPage)
      await hand.press(button('Call Bob'))
      await button('Accept on Bob’s iPhone').waitFor()
      await hand.press(button('Hang up'))
      await shows('Hung up before an answer')
      await phone('Bob’s Android').getByText('Missed call from Alice Martin').first().waitFor()
      await phone('Bob’s iPhone').getByText('Missed call from Alice Martin').first().waitFor()
      await phone('Bob’s laptop').getByText('Missed call from Alice Martin').first().waitFor()
      await phone('Bob’s laptop').getByText('Stopped by a web push: the caller hung up').waitFor()
    })

    it('ends the call when Bob hangs up', async ({ demoPage }) => {
      const { button, shows } = partsOf(demoPage)
      await hand.press(button('Call Bob'))
      await hand.press(button('Answer on Bob’s Android'))
      await hand.press(button('End on Bob’s Android'))
      await shows(/^Call ended after 0:\d\d$/)
    })

    it('rings a group; its members answer and decline one by one', async ({ demoPage }) => {
      const { button, radio, phone, shows } = partsOf(demoPage)
      await hand.choose(radio('Chess club'))
      await hand.press(button('Call Chess club'))
      await shows(/from the webhook to all 4 screens/)
      await hand.press(button('Decline on Bob’s iPhone'))
      await phone('Bob’s Android').getByText('declined on another device').waitFor()
      await hand.press(button('Answer on Carol’s Android'))
      await shows(/^Talking to Carol, 0:\d\d$/)
      await hand.press(button('Hang up'))
      await shows(/^Call ended after 0:\d\d$/)
    })

    it('opens a line on the wires, which can be copied and sent again', async ({ demoPage }) => {
      const { button, shows } = partsOf(demoPage)
      await demoPage.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await hand.press(button('Call Bob'))
      await hand.press(demoPage.locator('summary', { hasText: 'call_initiated → 200 queued' }).first())
      const request = demoPage.getByRole('group', { name: 'The request' })
      await request.getByText('"trigger": "call_initiated"').waitFor()
      await demoPage.getByRole('group', { name: 'The answer' }).getByText('"status": "queued"').waitFor()
      await hand.press(button('Copy as curl'))
      await button('Copied').waitFor()
      const copied = await demoPage.evaluate<string>('navigator.clipboard.readText()')
      expect(copied).toMatch(/^curl -i 'http:\/\/[^']+\/webhooks\/cometchat'/)
      expect(copied).toContain('x-cometchat-signature')
      await hand.press(button('Send again'))
      await shows('call_initiated → 200 duplicate')
    })

    it('shows a message on all devices, where it can be dismissed', async ({ demoPage }) => {
      const { button, phone } = partsOf(demoPage)
      const text = `See you at ${Date.now()}`
      await hand.write(demoPage.getByLabel('Message to Bob'), text)
      await hand.press(button('Send'))
      await phone('Bob’s iPhone').getByText(text).waitFor()
      await phone('Bob’s Android').getByText(text).waitFor()
      await phone('Bob’s laptop').getByText(text).waitFor()
      await hand.press(button(`Dismiss “${text}” on Bob’s iPhone`))
      await phone('Bob’s iPhone').getByText(text).waitFor({ state: 'detached' })
    })
  })

  it('rings once when the webhook is delivered three times', async ({ demoPage }) => {
    const { button, phone, shows } = partsOf(demoPage)
    await demoPage.getByLabel('Deliver the webhook three times').check()
    await button('Call Bob').click()
    await shows(/200 queued/)
    await demoPage
      .getByText(/200 duplicate/)
      .nth(1)
      .waitFor()
    await phone('Bob’s iPhone').getByText('1 push, 1 ring').waitFor()
    await phone('Bob’s Android').getByText('1 push, 1 ring').waitFor()
    await phone('Bob’s laptop').getByText('1 push, 1 ring').waitFor()
  })
})
