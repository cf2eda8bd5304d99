import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { buildSearch, entriesOf, type SearchEntry } from './build-search.ts'
import { findDeadLinks } from './find-dead-links.ts'
import { copyOf, pathOfPage } from './pages.ts'
import { readNavigation } from './read-navigation.ts'
import { renderDocument } from './render-document.ts'
import { renderPage } from './render-page.ts'

export interface BuiltSite {
  pages: string[]
  deadLinks: string[]
}

/** The documents that have a page. */
const DOCUMENTS = ['*.md', 'docs/*.md', 'docs/**/*.md']

const page = (name: string) => new URL(`page/${name}`, import.meta.url)
/** The build of MiniSearch for pages without modules. */
const miniSearch = join(dirname(createRequire(import.meta.url).resolve('minisearch')), '../umd/index.js')

/**
 * Builds the documentation as a site of plain files, which any web server can serve and a browser can open from a disk.
 *
 * @param root the root of the repository
 * @param folder is replaced
 */
export function buildSite(root: string, folder: string): BuiltSite {
  const listed = execFileSync(
    'git',
    ['ls-files', '--deduplicate', '--cached', '--others', '--exclude-standard', ...DOCUMENTS],
    {
      cwd: root,
    },
  )
  const paths = listed
    .toString()
    .split('\n')
    .filter(path => path !== '' && existsSync(join(root, path)))
    .filter(path => !path.startsWith('.') && !/^(bench|node_modules)\//.test(path))
  const documents = new Set(paths)
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const navigation = readNavigation(read('docs/README.md'), documents)
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const copy = (from: string | URL, to: string) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    copyFileSync(from, join(folder, to))
  }

  rmSync(folder, { recursive: true, force: true })
  const entries: SearchEntry[] = []
  const files = new Set<string>()
  const pages = paths.map(document => {
    const rendered = renderDocument(root, document, read(document), documents)
    const path = pathOfPage(document)
    entries.push(...entriesOf(path, rendered.title, rendered.parts))
    for (const file of rendered.files) files.add(file)
    write(path, renderPage({ ...rendered, page: path, navigation }))
    return path
  })
  // One that does not exist is a dead link.
  for (const file of files) if (existsSync(join(root, file))) copy(join(root, file), copyOf(file))
  write('search-index.js', buildSearch(entries))
  copy(miniSearch, 'minisearch.js')
  for (const name of ['site.css', 'search.js']) copy(page(name), name)
  return { pages, deadLinks: findDeadLinks(folder, pages) }
}
