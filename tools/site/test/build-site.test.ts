import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildSite } from '../build-site.ts'
import { findDeadLinks } from '../find-dead-links.ts'
import { renderDocument } from '../render-document.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

function build() {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-site-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')
  return { folder, read, ...buildSite(root, folder) }
}

describe('the site', () => {
  it('has a page for each document, the index by task first, and no dead link', () => {
    const { pages, deadLinks, read, folder } = build()
    expect(deadLinks).toEqual([])
    expect(pages).toEqual(
      expect.arrayContaining(['index.html', 'README.html', 'docs/runbook.html', 'docs/decisions/index.html']),
    )
    expect(read('index.html')).toContain('<h1 id="documentation-by-task">')
    // Each page has the same navigation, and files that documents link to are there.
    for (const page of pages)
      expect(read(page)).toMatch(/<h2>Operate it<\/h2>[\s\S]*docs\/runbook|runbook\.html/)
    expect(read('docs/runbook.html')).toContain('href="../files/deploy/prometheus/alerts.yml"')
    expect(existsSync(join(folder, 'files/docs/call.svg'))).toBe(true)
  })

  it('needs nothing from the network', () => {
    const { pages, read } = build()
    const loaded = pages.flatMap(page =>
      Array.from(
        read(page).matchAll(/<(?:script|link|img)[^>]* (?:src|href)="([^"]*)"/g),
        ([, url = '']) => url,
      ),
    )
    expect(loaded.filter(url => /^(https?:)?\/\//.test(url))).toEqual([])
  })

  it('is reported to have a dead link if a page or an anchor is missing', () => {
    const { folder, pages } = build()
    const page = join(folder, 'docs/redis.html')
    const links = '<a href="missing.html">a</a><a href="deploy.html#missing">b</a><a href="#missing">c</a>'
    writeFileSync(page, `${readFileSync(page, 'utf8')}${links}`)
    const dead = ['missing.html', 'deploy.html#missing', '#missing']
    expect(findDeadLinks(folder, pages)).toEqual(dead.map(link => `docs/redis.html: ${link}`))
  })
})

describe('a document', () => {
  const render = (markdown: string) =>
    renderDocument(root, 'docs/redis.md', markdown, new Set(['docs/redis.md', 'docs/deploy.md', 'README.md']))

  it('links to pages, to copies of files, and to no folder of the source', () => {
    const { html, files } = render(
      '[a](deploy.md#health) [b](../README.md) [c](../deploy/Caddyfile) [d](../packages/store/src) [e](https://redis.io)',
    )
    expect(html).toBe(
      '<p><a href="deploy.html#health">a</a> <a href="../README.html">b</a> <a href="../files/deploy/Caddyfile">c</a> d <a href="https://redis.io">e</a></p>\n',
    )
    expect(files).toEqual(['deploy/Caddyfile'])
  })

  it('has the same anchors as on GitHub, and a search entry for each section', () => {
    const { headings, parts, title } = render('# Redis\n\nOne.\n\n## A `day`\n\n- Two\n\n## A day\n')
    expect(title).toBe('Redis')
    expect(headings.map(({ id }) => id)).toEqual(['redis', 'a-day', 'a-day-1'])
    expect(parts.map(({ text }) => text.trim())).toEqual(['One.', '- Two', ''])
  })

  it('escapes code', () => {
    expect(render('```\n<script>"&"</script>\n```').html).toContain(
      '&lt;script&gt;&quot;&amp;&quot;&lt;/script&gt;',
    )
  })
})
