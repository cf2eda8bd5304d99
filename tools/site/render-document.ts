import { existsSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { Marked, type Tokens } from 'marked'
import { createAnchors } from './create-anchors.ts'
import { escapeHtml } from './escape-html.ts'
import { copyOf, linkBetween, pathOfPage } from './pages.ts'

export interface Heading {
  depth: number
  id: string
  /** Without markup. */
  text: string
}

/** A part of a document below a heading, for the search. */
export interface Part {
  heading: Heading
  text: string
}

export interface RenderedDocument {
  title: string
  html: string
  headings: Heading[]
  parts: Part[]
  /** The files of the repository that it links to, which have to be on the site as well. */
  files: string[]
}

/** Turns Markdown into plain words. */
const wordsOf = (markdown: string) =>
  markdown
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*|]|-{3,}/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()

/**
 * Renders a document as a page's HTML. Links between documents lead to pages, those to files to copies of the files; a folder of the
 * source is named, but not linked.
 *
 * @param root the root of the repository
 * @param document the path from there
 * @param documents all documents that have a page
 */
export function renderDocument(
  root: string,
  document: string,
  markdown: string,
  documents: ReadonlySet<string>,
): RenderedDocument {
  const headings: Heading[] = []
  const parts: Part[] = []
  const files = new Set<string>()
  const anchorOf = createAnchors()
  const here = pathOfPage(document)

  /** Undefined for a folder of the source. */
  function targetOf(href: string): string | undefined {
    if (/^[a-z]+:|^#/.test(href)) return href
    const [path = '', anchor] = href.split('#')
    const file = posix.normalize(posix.join(posix.dirname(document), path))
    const hash = anchor === undefined ? '' : `#${anchor}`
    if (documents.has(file)) return linkBetween(here, pathOfPage(file)) + hash
    const full = join(root, file)
    if (existsSync(full) && statSync(full).isDirectory()) return undefined
    files.add(file)
    return linkBetween(here, copyOf(file)) + hash
  }

  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        const heading = { depth, text: wordsOf(text), id: anchorOf(wordsOf(text)) }
        headings.push(heading)
        const html = this.parser.parseInline(tokens)
        return `<h${depth} id="${heading.id}">${html}</h${depth}>\n`
      },
      link({ href, tokens }: Tokens.Link) {
        const html = this.parser.parseInline(tokens)
        const target = targetOf(href)
        return target === undefined ? html : `<a href="${escapeHtml(target)}">${html}</a>`
      },
      image({ href, text }: Tokens.Image) {
        return `<img src="${escapeHtml(targetOf(href) ?? '')}" alt="${escapeHtml(text)}">`
      },
      // Focusable, so that the keyboard can scroll it.
      table(token: Tokens.Table) {
        const cell = ({ tokens, text }: Tokens.TableCell, name: string) => {
          // A heading without words would be read out as one.
          const tag = text === '' ? 'td' : name
          return `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`
        }
        const cells = (row: Tokens.TableCell[], name: string) => row.map(one => cell(one, name)).join('')
        const hasHead = token.header.some(({ text }) => text !== '')
        const head = hasHead ? `<thead><tr>${cells(token.header, 'th')}</tr></thead>` : ''
        const rows = token.rows.map(row => `<tr>${cells(row, 'td')}</tr>`).join('\n')
        return `<div class="scrolls" role="group" aria-label="Table" tabindex="0"><table>${head}<tbody>\n${rows}</tbody></table></div>\n`
      },
      code({ text, lang = '' }: Tokens.Code) {
        return `<pre class="scrolls" tabindex="0"><code data-language="${escapeHtml(lang)}">${escapeHtml(text)}</code></pre>\n`
      },
    },
  })
  const tokens = marked.lexer(markdown)
  const html = marked.parser(tokens)
  const known = headings[Symbol.iterator]()
  for (const token of tokens) {
    if (token.type === 'heading') parts.push({ heading: known.next().value as Heading, text: '' })
    const last = parts.at(-1)
    if (last && token.type !== 'heading') last.text += ` ${wordsOf(token.raw)}`
  }
  return { title: headings[0]?.text ?? document, html, headings, parts, files: [...files] }
}
