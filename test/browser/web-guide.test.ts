import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { CDPSession, Page, Worker } from 'playwright-core'
import { expect } from 'vitest'
import { buildPayload } from '../../packages/providers/src/webpush/payloads/build-payload.ts'
import { browser, ringOf } from '../../packages/providers/test/pushes/outgoing-push.ts'
import { it as browserIt } from '../fixtures/browser.ts'
import { describeWithBrowser } from '../fixtures/describe-with-browser.ts'
import { codeBlocks } from '../guides/code-blocks.ts'

const guide = new URL('../../docs/guides/web.md', import.meta.url)
const client = fileURLToPath(import.meta.resolve('@ringer/client'))

/** The service worker of the guide, bundled as the guide says. */
async function bundleServiceWorker(): Promise<string> {
  const block = codeBlocks(await readFile(guide, 'utf8')).find(({ title }) => title === 'sw.ts')
  const folder = await mkdtemp(join(tmpdir(), 'ringer-web-guide-'))
  try {
    await writeFile(join(folder, 'sw.ts'), block?.code ?? '')
    await writeFile(join(folder, 'incoming-call.ts'), await readFile(client))
    const { outputFiles } = await build({
      entryPoints: [join(folder, 'sw.ts')],
      bundle: true,
      write: false,
      logLevel: 'error',
    })
    return outputFiles[0]?.text ?? ''
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The page of a site, with what the tests do in it. */
const PAGE = `<!doctype html><title>Chat</title><link rel="icon" href="data:," /><script>
const chat = {
  told: [],
  async start() {
    navigator.serviceWorker.addEventListener('message', ({ data }) => chat.told.push(data))
    await navigator.serviceWorker.register('/sw.js')
    await navigator.serviceWorker.ready
  },
  async shown() {
    const registration = await navigator.serviceWorker.ready
    const shown = await registration.getNotifications()
    return shown.map(({ title, body, tag, requireInteraction, actions }) =>
      ({ title, body, tag, requireInteraction, actions: actions.map(each => each.title) }))
  },
}
</script>`

/** What the service worker reported. */
const receipts: string[] = []

/** Answers as the ingress does at a state URL: of a call that rings, or of one that was answered on another phone. */
function answerAsIngress(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'POST') {
    request.on('data', (chunk: Buffer) => receipts.push(JSON.parse(chunk.toString()).event))
    request.on('end', () => response.writeHead(204).end())
    return
  }
  const isRinging = request.url === '/r/ringing'
  const state = isRinging
    ? { state: 'ringing', callAction: 'initiated' }
    : { state: 'answered', callAction: 'ongoing' }
  const now = Date.now()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ ...state, now, deadline: now + 20_000, caller: { uid: 'alice' } }))
}

/** A site with the guide's service worker, and a page that keeps what the service worker tells it. */
const it = browserIt
  .extend('notifications', { scope: 'worker' }, true)
  .extend('site', { scope: 'worker' }, async ({ browser: _ }, { onCleanup }) => {
    const script = await bundleServiceWorker()
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/r/')) return answerAsIngress(request, response)
      const isScript = request.url === '/sw.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : PAGE)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onCleanup(() => void server.close())
    return `http://localhost:${(server.address() as AddressInfo).port}`
  })
  .extend('chat', async ({ page, site }) => {
    await page.context().grantPermissions(['notifications'], { origin: site })
    const cdp = await page.context().newCDPSession(page)
    receipts.length = 0
    const registrationId = firstRegistration(cdp)
    await cdp.send('ServiceWorker.enable')
    await page.goto(site)
    const started = page.context().waitForEvent('serviceworker')
    await page.evaluate('chat.start()')
    const worker = await started
    await worker.evaluate(`{
      globalThis.requested = []
      globalThis.displayed = 0
      const show = registration.showNotification.bind(registration)
      registration.showNotification = async (title, options) => {
        requested.push(options)
        await show(title, options)
        displayed++
      }
    }`)
    return openChat(page, worker, { cdp, site, registrationId: await registrationId })
  })

/** The id that DevTools gives the first service worker. */
const firstRegistration = (cdp: CDPSession) =>
  new Promise<string>(resolve => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: [first] }) => {
      if (first) resolve(first.registrationId)
    })
  })

interface Shown {
  title: string
  body: string
  tag: string
  actions: string[]
  requireInteraction: boolean
}

function openChat(
  page: Page,
  worker: Worker,
  { cdp, site, registrationId }: { cdp: CDPSession; site: string; registrationId: string },
) {
  return {
    page,
    /**
     * Delivers a push as the browser's push service does, and waits until its first notification is displayed. Chromium forgets a
     * notification if it is asked for all of them between storing and displaying it.
     */
    async push(payload: object | string) {
      const displayed = () => worker.evaluate<number>('displayed')
      const before = await displayed()
      await cdp.send('ServiceWorker.deliverPushMessage', {
        origin: site,
        registrationId,
        data: typeof payload === 'string' ? payload : JSON.stringify(payload),
      })
      await expect.poll(displayed).toBeGreaterThan(before)
    },
    /** The notifications that the browser shows for the site. */
    shown: () => page.evaluate<Shown[]>('chat.shown()'),
    /** What the service worker asked to show, in order. A notification that ends a ring is shown for two seconds only. */
    requested: () => worker.evaluate<object[]>('requested'),
    /** Clicks a button of the notification that is shown, or with '' the notification itself. */
    click: (action: string) =>
      worker.evaluate(`registration.getNotifications().then(([notification]) => {
        dispatchEvent(new NotificationEvent('notificationclick', { notification, action: '${action}' }))
      })`),
    /** What the service worker told the page. */
    told: () => page.evaluate<unknown[]>('chat.told'),
  }
}

const ring = () => ringOf(browser(1))
const stopped = { kind: 'stop', action: 'cancelled' } as const

describeWithBrowser('the service worker of the guide for browsers', () => {
  it('shows a call with two buttons until it is answered, and closes it when the call stops', async ({
    chat,
  }) => {
    const push = ring()
    const { uuid = '', callerName } = buildPayload(push)
    await chat.push(buildPayload(push))
    const call = { title: callerName, tag: uuid, actions: ['Answer', 'Decline'], requireInteraction: true }
    await expect.poll(chat.shown).toEqual([expect.objectContaining(call)])
    await chat.push(buildPayload({ ...push, ...stopped }))
    await expect
      .poll(chat.requested)
      .toEqual([
        expect.objectContaining({ tag: uuid, body: 'Video call' }),
        { tag: uuid, body: 'Missed call', silent: true },
      ])
    await expect.poll(chat.shown).toEqual([])
  })

  it('shows one notification for a call that is pushed twice', async ({ chat }) => {
    const payload = buildPayload(ring())
    await chat.push(payload)
    await chat.push(payload)
    await expect.poll(chat.shown).toHaveLength(1)
  })

  it.for(['answer', 'decline'])('tells the open page what was clicked: %s', async (action, { chat }) => {
    const payload = buildPayload(ring())
    await chat.push(payload)
    await expect.poll(chat.shown).toHaveLength(1)
    await chat.click(action)
    const { sessionId, callType } = payload
    await expect.poll(chat.told).toEqual([{ action, sessionId, hasVideo: callType === 'video' }])
    expect(await chat.shown()).toEqual([])
  })

  it('shows a call of Firebase, whose data is nested', async ({ chat }) => {
    const data = buildPayload(ring())
    await chat.push({ data, from: '1234567890', priority: 'high', fcmMessageId: 'id-1' })
    await expect.poll(chat.shown).toMatchObject([{ title: data.callerName, actions: ['Answer', 'Decline'] }])
  })

  it('does not ring for a push that was late', async ({ chat }) => {
    const push = ring()
    await chat.push(buildPayload({ ...push, event: { ...push.event, sentAt: Date.now() - 31_000 } }))
    await expect.poll(chat.requested).toMatchObject([{ body: 'Missed call', silent: true }])
  })

  // The call ended while the push was on its way, and no stop follows.
  it('asks whether the call still rings once it is shown, closes it if not, and reports what happened', async ({
    chat,
    site,
  }) => {
    await chat.push({ ...buildPayload(ring()), stateUrl: `${site}/r/answered-elsewhere` })
    await expect
      .poll(chat.requested)
      .toMatchObject([{ body: 'Video call' }, { body: 'Answered on another device' }])
    await expect.poll(chat.shown).toEqual([])
    await chat.push({ ...buildPayload(ring()), stateUrl: `${site}/r/ringing` })
    await expect.poll(() => receipts).toEqual(['late', 'shown'])
    expect(await chat.shown()).toHaveLength(1)
  })

  it('shows a message, and something for a push that it cannot read', async ({ chat }) => {
    const { device, deadline } = ring()
    const alert = { title: 'Alice', body: 'Hello', data: { type: 'chat' } }
    await chat.push(buildPayload({ kind: 'alert', alertId: 'alert-1', alert, device, deadline }))
    await expect.poll(chat.shown).toMatchObject([{ title: 'Alice', body: 'Hello' }])
    await chat.push('not JSON')
    await expect.poll(chat.shown).toHaveLength(2)
  })
})
