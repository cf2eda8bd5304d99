import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createAnchors } from '../../tools/site/create-anchors.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const list = (...args: string[]) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...args], { cwd: root })
    .toString()
    .split('\n')
    .filter(path => path !== '' && existsSync(join(root, path)))
const documents = list('*.md')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Code may contain what looks like a link. */
const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(path: string): Set<string> {
  const anchorOf = createAnchors()
  const headings = read(path)
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#{1,6} (.+)$/gm)
  const anchors = Array.from(headings, ([, heading = '']) =>
    anchorOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')),
  )
  return new Set(anchors)
}

describe('every link of', () => {
  it.each(documents)('%s leads to a file, and to a heading if it names one', document => {
    const links = Array.from(
      withoutCode(read(document)).matchAll(/\]\(([^)\s]+)\)/g),
      ([, link = '']) => link,
    )
    const dead = links
      .filter(link => !/^[a-z]+:/.test(link))
      .filter(link => {
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? document : normalize(join(dirname(document), path))
        if (!existsSync(join(root, target))) return true
        return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor)
      })
    expect(dead).toEqual([])
  })
})

it('docs/README.md leads to every document', () => {
  const index = read('docs/README.md')
  const own = documents.filter(path => /^docs\/(guides\/)?[^/]+\.md$/.test(path) && path !== 'docs/README.md')
  expect(own.filter(path => !index.includes(`](${path.replace('docs/', '')}`))).toEqual([])
})
