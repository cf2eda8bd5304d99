import { escapeHtml } from './escape-html.ts'
import { linkBetween } from './pages.ts'
import type { Heading } from './render-document.ts'

export interface NavigationGroup {
  title: string
  links: { text: string; page: string }[]
}

/** Pages with fewer sections need no list of them. */
const LEAST_SECTIONS = 3

/** Renders a whole page. It needs no network: its style, its script and the search are files of the site. */
export function renderPage({
  page,
  title,
  html,
  headings,
  navigation,
}: {
  page: string
  title: string
  html: string
  headings: readonly Heading[]
  navigation: readonly NavigationGroup[]
}): string {
  const to = (target: string) => linkBetween(page, target)
  const item = ({ text, page: target }: NavigationGroup['links'][number]) => {
    const current = target === page ? ' aria-current="page"' : ''
    return `<li><a href="${to(target)}"${current}>${escapeHtml(text)}</a></li>`
  }
  const groups = navigation.map(
    group => `<h2>${escapeHtml(group.title)}</h2>\n<ul>${group.links.map(item).join('\n')}</ul>`,
  )
  const sections = headings.filter(({ depth }) => depth === 2)
  const contents =
    sections.length < LEAST_SECTIONS
      ? ''
      : `<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${sections
          .map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`)
          .join('\n')}</ul></nav>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Ringer</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${to('site.css')}">
<script defer src="${to('search.js')}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="home" href="${to('index.html')}">Ringer</a>
<div role="search">
<label for="search">Search</label>
<input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="Press /">
<ol id="results" aria-label="Results" hidden></ol>
</div>
</header>
<div class="columns">
<nav class="tasks" aria-label="By task">${groups.join('\n')}</nav>
<main id="content">
${html}</main>
${contents}
</div>
</body>
</html>
`
}
