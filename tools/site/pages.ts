import { posix } from 'node:path'

/** Where the page of a document is on the site: the index by task is the first page. */
export function pathOfPage(document: string): string {
  if (document === 'docs/README.md') return 'index.html'
  return document
    .replace(/README\.md$/, match => (document === match ? 'README.html' : 'index.html'))
    .replace(/\.md$/, '.html')
}

/** Where a file that a document links to is on the site, such as the alerts. */
export const copyOf = (file: string): string => `files/${file}`

/** The link from one page of the site to another, or to a file. */
export function linkBetween(from: string, to: string): string {
  return posix.relative(posix.dirname(from), to)
}
