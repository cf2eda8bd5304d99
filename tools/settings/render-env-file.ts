import { listSettings, type Row } from './list-settings.ts'
import { settingsSections } from './settings-sections.ts'

const WIDTH = 118

const INTRO = `# Ringer's settings. Copy this file to .env and fill in what you need; docs/settings.md says the same in a table. \`npm start -w
# apps/ingress\`, \`npm start -w apps/worker\` and \`npm run ringer\` read .env; what the environment has already goes first.
# An empty value counts as not set. NAME_FILE=/path may replace any NAME, for secrets that are mounted as files.
# \`npm run settings\` writes this file from the schemas that read the settings.
`

/** Markdown without links and code marks, in lines of a comment. */
function comment(markdown: string): string[] {
  const words = markdown
    .replace(/\[([^\]]*)\]\(([^)]*)\)/g, '$1 (docs/$2)')
    .replaceAll('`', '')
    .split(' ')
  const lines: string[] = []
  let line = '#'
  for (const word of words) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

function render({ names, description, default: shown, example = '' }: Row): string[] {
  const begin = /^`|^[A-Z]|^i[A-Z]/.test(description) ? `${description}.` : sentence(description)
  return [
    ...comment(shown === undefined ? begin : `${begin} Default: ${shown}`),
    ...names.map(name => `${name}=${example}`),
  ]
}

const readers = { both: 'both processes', ingress: 'ingress', worker: 'worker' }

/** Renders .env.example. */
export function renderEnvFile(): string {
  const parts = settingsSections.map(section => {
    const rows = listSettings(section)
    const by = new Set(rows.map(row => row.readBy))
    const title = `# -- ${section.title} (${readers[by.size === 1 ? (rows[0]?.readBy ?? 'both') : 'both']}) `
    return [title.padEnd(100, '-'), ...rows.flatMap(render)].join('\n')
  })
  return `${[INTRO, ...parts.map(part => `${part}\n`)].join('\n')}`
}
