import MiniSearch from 'minisearch'
import type { Part } from './render-document.ts'

/** A part of a page, as the search finds it. */
export interface SearchEntry {
  /** The page and the anchor. */
  id: string
  title: string
  heading: string
  text: string
}

/** The page's script gives the same options to `MiniSearch.loadJSON`. */
const OPTIONS = { fields: ['title', 'heading', 'text'], storeFields: ['title', 'heading'] }

/** The entries of one page. */
export const entriesOf = (page: string, title: string, parts: readonly Part[]): SearchEntry[] =>
  parts.map(({ heading, text }) => ({ id: `${page}#${heading.id}`, title, heading: heading.text, text }))

/** Builds the index, as a script: a page that was opened from a disk may not fetch. */
export function buildSearch(entries: readonly SearchEntry[]): string {
  const index = new MiniSearch<SearchEntry>(OPTIONS)
  index.addAll(entries)
  return `window.ringerSearch = ${JSON.stringify({ options: OPTIONS, index })}\n`
}
