import { fileURLToPath } from 'node:url'
import { writeSboms } from './write-sboms.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const [folder = here('../../sbom')] = process.argv.slice(2)

for (const path of await writeSboms(here('../..'), folder)) process.stdout.write(`${path}\n`)
