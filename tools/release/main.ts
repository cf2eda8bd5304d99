import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { planRelease } from './plan-release.ts'

const usage = `npm run release -- VERSION [--tag]

Checks whether VERSION can be released from what is checked out, and prints its notes. With --tag it also makes the signed-off,
annotated tag vVERSION with these notes. It pushes nothing: git push origin vVERSION publishes the image (.github/workflows/image.yml).`

const root = fileURLToPath(new URL('../..', import.meta.url))
const git = (...args: string[]) => execFileSync('git', args, { cwd: root }).toString().trim()
const lines = (text: string) => text.split('\n').filter(line => line !== '')
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')

const { values, positionals } = parseArgs({
  options: { tag: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [version] = positionals
if (version === undefined) {
  process.stderr.write(`${usage}\n`)
  process.exit(2)
}

const manifests = lines(git('ls-files', 'package.json', 'apps/*/package.json', 'packages/*/package.json'))
const { faults, notes } = planRelease({
  version,
  changelog: read('CHANGELOG.md'),
  versions: new Map(manifests.map(path => [path, JSON.parse(read(path)).version])),
  tags: lines(git('tag')),
  branch: git('rev-parse', '--abbrev-ref', 'HEAD'),
  isClean: git('status', '--porcelain') === '',
})
if (faults.length > 0) {
  process.stderr.write(`${version} cannot be released:\n${faults.map(fault => `  ${fault}\n`).join('')}`)
  process.exit(1)
}
process.stdout.write(`${notes}\n`)
if (values.tag)
  git('tag', '--annotate', `v${version}`, '--cleanup=verbatim', '--message', `Ringer ${version}\n\n${notes}`)
else
  process.stderr.write(
    `\nNothing was changed. With --tag, this makes the tag v${version}. Run .ci/run before.\n`,
  )
