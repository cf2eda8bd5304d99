import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { audit } from './audit.ts'

const USAGE = `npm run audit -- [--require-advisories]

Checks the licences of all packages that production installs against the list in tools/audit/is-allowed-license.ts, and asks the
npm registry for their advisories. tools/audit/exceptions.json accepts single findings, each with a reason and until a day. Exits
with 1 on a finding that is not accepted. If the registry does not answer, only --require-advisories makes that a failure.
`

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const print = (text: string) => void process.stdout.write(`${text}\n`)

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    'require-advisories': { type: 'boolean', default: false },
  },
})
if (values.help) {
  print(USAGE)
} else {
  const today = new Date().toISOString().slice(0, 10)
  const { faults, notes, answered } = await audit({
    folder: here('../..'),
    exceptions: here('exceptions.json'),
    today,
  })
  for (const note of notes) print(note)
  for (const fault of faults) print(`REFUSED: ${fault}`)
  const isUnasked = values['require-advisories'] && !answered
  if (faults.length > 0 || isUnasked) process.exitCode = 1
}
