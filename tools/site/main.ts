import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildSite } from './build-site.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({ options: { out: { type: 'string', default: `${root}site` } } })
const { pages, deadLinks } = buildSite(root, values.out)
process.stdout.write(
  `${pages.length} pages in ${values.out}: open ${values.out}/index.html, or let a web server serve the folder\n`,
)
if (deadLinks.length > 0) {
  process.stderr.write(`dead links:\n${deadLinks.map(link => `  ${link}\n`).join('')}`)
  process.exit(1)
}
