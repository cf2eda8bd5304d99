import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { it } from '../../../../test/fixtures/browser.ts'
import { describeWithBrowser } from '../../../../test/fixtures/describe-with-browser.ts'
import { findBarriers } from '../../../../test/fixtures/find-barriers.ts'
import { buildSite } from '../../build-site.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Builds the site. `urlOf` opens its pages from the disk, without a server. */
function build() {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-site-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  buildSite(root, folder)
  return { folder, urlOf: (page: string) => pathToFileURL(join(folder, page)).href }
}

const types: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

/** Serves a folder: axe fetches the styles of a page that it checks. */
async function serve(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    response.setHeader('content-type', types[extname(path)] ?? 'text/plain')
    response.end(readFileSync(join(folder, path)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describeWithBrowser('the site', () => {
  it('finds a section from any page, by the keyboard alone', async ({ page }) => {
    const { urlOf } = build()
    await page.goto(urlOf('docs/redis.html'))
    await page.keyboard.press('/')
    await page.keyboard.type('certificate expir')
    const results = page.getByRole('list', { name: 'Results' })
    await results.getByRole('link', { name: 'RingerCertificateExpires' }).waitFor()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('RingerClockSkew')
    await results
      .getByRole('link', { name: /^RingerClockSkew/ })
      .first()
      .waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(`${urlOf('docs/runbook.html')}#ringerclockskew`)
    await page.getByLabel('Search').fill('xyzzy')
    await results.getByText('Nothing found.').waitFor()
  })

  it.for(['light', 'dark'] as const)(
    'has no barriers for its readers (%s)',
    async (colorScheme, { page }) => {
      const url = await serve(build().folder)
      await page.emulateMedia({ colorScheme })
      for (const path of ['index.html', 'docs/runbook.html', 'docs/settings.html', 'README.html']) {
        await page.goto(`${url}/${path}`)
        expect((await findBarriers(page)).map(barrier => `${path} ${barrier}`)).toEqual([])
      }
    },
  )
})
