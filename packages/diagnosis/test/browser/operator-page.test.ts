import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { View } from '../../../../test/fixtures/browser.ts'
import { describeWithBrowser } from '../../../../test/fixtures/describe-with-browser.ts'
import { findBarriers } from '../../../../test/fixtures/find-barriers.ts'
import { deliver, initiated, register, tokens } from '../../../../test/webhooks.ts'
import type { World } from '../../../../test/world.ts'
import { carol, signalledRing } from '../../../payloads/test/webhooks.ts'
import { adminToken, it as pageIt } from './start-operator-page.ts'

const sessionId = 'v1.eu.seen-by-an-operator'
const evil = `<img src=x onerror=document.title=1>${'x'.repeat(100)}`

const partsOf = (page: Page) => ({
  call: (to: string) => page.getByRole('group').filter({ hasText: `To ${to}` }),
  search: page.getByRole('searchbox', { name: 'User or session id' }),
  /** Resolves when the page shows this text. */
  shows: (text: string | RegExp) => page.getByText(text).first().waitFor(),
})

/** Calls Bob, whose iPhone is refused by Apple and whose Android phone rings. */
async function callBob(world: World) {
  world.apns.order({ status: 400, reason: 'TopicDisallowed' }, { times: Number.POSITIVE_INFINITY })
  const iphone = { uid: 'bob', platform: 'ios', token: tokens.iphone, environment: 'production' }
  expect((await register(world.ingress, iphone)).status).toBe(200)
  const android = { uid: 'bob', platform: 'android', token: tokens.android }
  expect((await register(world.ingress, android)).status).toBe(200)
  expect((await deliver(world.ingress, initiated({ sessionId }))).status).toBe(200)
}

const wide = { width: 1440, height: 900 }
const narrow = { width: 360, height: 740 }
const views: [string, View][] = [
  ['wide and light', { viewport: wide, colorScheme: 'light' }],
  ['narrow and dark', { viewport: narrow, colorScheme: 'dark', hasTouch: true }],
]

/** Lists what is wider than the window or than its card, by how it begins. */
const findOverflow = (page: Page) =>
  page
    .locator(':root, main:visible .card')
    .evaluateAll(parts =>
      parts
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ tagName, textContent }) => `${tagName} ${textContent?.trim().slice(0, 20)}`),
    )

describeWithBrowser("the operator's page", () => {
  describe.each(views)('%s', (_, view) => {
    const it = pageIt.extend('view', (): View => view)

    it('shows a call from the webhook to each phone’s verdict, with no accessibility violation', async ({
      operator: { world, url },
      page,
    }) => {
      const { call, shows } = partsOf(page)
      const look = async (state: string) => {
        expect(await findBarriers(page), state).toEqual([])
        expect(await findOverflow(page), state).toEqual([])
      }
      await page.goto(url)
      await shows('npm run ringer -- call --to bob')
      await shows('No worker takes calls from this queue.')
      await look('no call, no worker')
      await callBob(world)
      await shows('The call is stored, but no worker is running that takes calls.')
      await look('a call that nobody takes')
      world.addWorker()
      const phones = call('bob').getByRole('listitem')
      await phones.filter({ hasText: /iPhone.*wrong-topic.*Fix: APNS_BUNDLE_ID/s }).waitFor()
      await phones.filter({ hasText: /Android phone.*accepted/s }).waitFor()
      await page.getByRole('button', { name: 'Show the call to bob’s iPhone' }).waitFor()
      await page.getByText('Calls are taken').waitFor()
      await look('a call with a phone that failed')
    })
  })

  pageIt('finds calls by user or session, by keyboard alone', async ({ operator: { world, url }, page }) => {
    world.addWorker()
    await callBob(world)
    await deliver(
      world.ingress,
      signalledRing({ callee: carol, sessionId: 'v1.eu.another', sentAt: Date.now() }),
    )
    const { call, search, shows } = partsOf(page)
    await page.goto(url)
    await call('carol').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('bob')
    await page.keyboard.press('Enter')
    await call('carol').waitFor({ state: 'detached' })
    await call('bob').waitFor()
    expect(new URL(page.url()).hash).toBe('#q=bob')
    await search.fill(sessionId)
    await page.keyboard.press('Enter')
    await shows('1 call')
    await call('bob').locator('summary').focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    // Several rounds of answers leave the focus and what is open alone.
    await page.waitForResponse(/\/status$/)
    await page.waitForResponse(/\/status$/)
    expect(
      await call('bob')
        .locator('summary')
        .evaluate(one => one.ownerDocument.activeElement === one),
    ).toBe(true)
  })

  pageIt('shows what strangers chose as text', async ({ operator: { world, url }, page }) => {
    await deliver(world.ingress, initiated({ sessionId: evil }))
    world.addWorker()
    await page.goto(`${url}/#q=${encodeURIComponent(evil)}`)
    await page.getByText(evil).first().waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    await page.setViewportSize(narrow)
    expect(await findOverflow(page)).toEqual([])
    expect(await page.title()).toBe('Ringer: calls, queues and workers')
  })

  // The refusals are what it is about, so it has a page whose troubles are not counted.
  pageIt(
    'asks for the token once, and keeps it in this tab',
    async ({ operator: { guardedUrl }, browser }) => {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(guardedUrl)
      const token = page.getByLabel('The value of ADMIN_TOKEN')
      await token.fill('another-token-for-it')
      await token.press('Enter')
      await page.getByText('The server did not accept this token.').waitFor()
      await token.fill(adminToken)
      await token.press('Enter')
      await page.getByText('npm run ringer -- call --to bob').waitFor()
      await page.reload()
      await page.getByText('npm run ringer -- call --to bob').waitFor()
      expect(await token.isVisible()).toBe(false)
      await context.close()
    },
  )
})
