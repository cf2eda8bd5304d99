import { writeFileSync } from 'node:fs'
import { buildDocument } from './build-document.ts'

writeFileSync(
  new URL('../../docs/openapi.json', import.meta.url),
  `${JSON.stringify(buildDocument(), null, 2)}\n`,
)
