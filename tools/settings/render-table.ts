import { listSettings } from './list-settings.ts'
import { type SettingsSection, settingsSections } from './settings-sections.ts'

const INTRO = `# Settings

<!-- npm run settings writes this page from the schemas that read the settings. -->

Ringer reads its settings from the environment and checks them at start; it lists every mistake at once. An empty value counts as not set.
\`NAME_FILE\` names a file that holds the value of NAME, for secrets that are mounted as files. [\`.env.example\`](../.env.example) has them
all, to copy to \`.env\`. A name that looks like a setting and is none is refused.

A ringing phone needs Redis, the webhook's login, who may register, and one provider: Apple, Google or browsers. Everything else has a default.
`

const row = ({ names, description, default: shown = '', readBy }: ReturnType<typeof listSettings>[number]) =>
  `| ${names.map(name => `\`${name}\``).join(', ')} | ${shown} | ${readBy} | ${description.replaceAll('|', '\\|')} |`

const render = (section: SettingsSection) =>
  [
    `## ${section.title}`,
    '',
    ...(section.intro ? [section.intro, ''] : []),
    '| name | default | read by | |',
    '|---|---|---|---|',
    ...listSettings(section).map(row),
    '',
  ].join('\n')

/** Renders docs/settings.md. */
export const renderTable = (): string => [INTRO, ...settingsSections.map(render)].join('\n')
