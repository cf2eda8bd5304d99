import { posix } from 'node:path'
import { pathOfPage } from './pages.ts'
import type { NavigationGroup } from './render-page.ts'

/** Reads the navigation of every page from the index by task, docs/README.md: its sections, and the documents that they link to. */
export function readNavigation(index: string, documents: ReadonlySet<string>): NavigationGroup[] {
  const sections = index.split(/^## /m).slice(1)
  return sections.map(section => {
    const [title = ''] = section.split('\n')
    const links = Array.from(section.matchAll(/\[([^\]]+)\]\(([^)#\s]+)\)/g), ([, text = '', href = '']) => ({
      text,
      document: posix.normalize(posix.join('docs', href)),
    }))
    return {
      title,
      links: links
        .filter(({ document }) => documents.has(document))
        .map(({ text, document }) => ({ text, page: pathOfPage(document) })),
    }
  })
}
