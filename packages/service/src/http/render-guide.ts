const HEADING = /^(#{1,3}) (.+)$/

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const asText = (text: string) => text.replace(/[&<>"]/g, sign => escapes[sign] ?? '')

/** The name to which a link to this heading leads, as GitHub writes it. */
const nameOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')

/**
 * Renders a guide in Markdown as a page that links can lead into. Only headings become markup. All else is shown as it is written,
 * which is how Markdown is meant to be read.
 */
export function renderGuide(markdown: string): string {
  const parts = markdown.split(/\n{2,}/).map(part => {
    const [, signs, heading] = HEADING.exec(part) ?? []
    if (!signs || !heading) {
      const tag = /^[|`]/.test(part) ? 'pre' : 'p'
      return `<${tag}>${asText(part.trim())}</${tag}>`
    }
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
