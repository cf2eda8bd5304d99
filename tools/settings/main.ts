import { writeFileSync } from 'node:fs'
import { renderEnvFile } from './render-env-file.ts'
import { renderTable } from './render-table.ts'

const root = new URL('../../', import.meta.url)
writeFileSync(new URL('docs/settings.md', root), renderTable())
writeFileSync(new URL('.env.example', root), renderEnvFile())
