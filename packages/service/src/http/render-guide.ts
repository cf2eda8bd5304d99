const HEADING = /^(#{1,3}) (.+)$/

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const asText = (text: string) => text.replace(/[&<>"]/g, sign => escapes[sign] ?? '')

/** Marks code and what is bold. Of a link, only its words remain: other documents are not served. */
const words = (text: string) =>
  asText(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')

/** The name to which a link to this heading leads, as GitHub writes it. */
const nameOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')

/**
 * Renders a guide in Markdown as a page that links can lead into. Knows headings, paragraphs, code and what is bold. Tables are
 * shown as they are written.
 */
export function renderGuide(markdown: string): string {
  const parts = markdown.split(/\n{2,}/).map(part => {
    const [, signs, heading] = HEADING.exec(part) ?? []
    if (part.startsWith('```')) return `<pre>${asText(part.replace(/^```.*\n?/gm, ''))}</pre>`
    if (part.startsWith('|')) return `<pre>${asText(part)}</pre>`
    if (!signs || !heading) return `<p>${words(part.trim())}</p>`
    return `<h${signs.length} id="${nameOf(heading)}">${asText(heading)}</h${signs.length}>`
  })
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${asText(HEADING.exec(markdown.split('\n')[0] ?? '')?.[2] ?? 'Ringer')}</title>
    <link rel="icon" href="/icon.svg" />
    <link rel="stylesheet" href="/styles/guide.css" />
  </head>
  <body>
    <main>
${parts.join('\n')}
    </main>
  </body>
</html>
`
}
