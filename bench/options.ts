import { parseArgs } from 'node:util'

export const USAGE = `npm run bench -- [--only ingress,pipeline,…] [--quick] [--check] [--save] [--profile] [--out DIR]

Measures Ringer beside what it is compared with, and writes a table, a plot and a JSON file for each part.

--only NAMES  only these parts, separated by commas: %NAMES%
--quick       one short turn instead of five: a trial, not for comparison
--turns N     how often each side is measured, in turn with the others (default: 5)
--check       fail if a ratio is more than 15 % below the one in bench/results; writes no results
--save        write the results to bench/results and the tables to docs/benchmarks.md
--profile     also print where the CPU time of each process went; slows them down, so it is not for comparison
--node-options=OPTIONS
              run what is measured with these options of Node instead of the image's (Dockerfile); not for comparison
--out DIR     write the results to this folder instead (default: bench/out, which git ignores)
`

export interface BenchOptions {
  /** Names of sections, in the order in which they run. */
  only: string[]
  turns: number
  isQuick: boolean
  isCheck: boolean
  isSave: boolean
  isProfile: boolean
  /** Undefined if not given. */
  nodeOptions: string | undefined
  /** Undefined if not given. */
  out: string | undefined
  isHelp: boolean
}

const TURNS = 5

/**
 * Reads the options of `npm run bench`.
 *
 * @param names the names of all sections
 * @throws RangeError, which names the option and says what to write instead
 */
export function readBenchOptions(args: readonly string[], names: readonly string[]): BenchOptions {
  const { values } = parse(args)
  const isQuick = values.quick === true
  const options = {
    only: values.only === undefined ? [...names] : readNames(values.only, names),
    turns: values.turns === undefined ? (isQuick ? 1 : TURNS) : readTurns(values.turns),
    isQuick,
    isCheck: values.check === true,
    isSave: values.save === true,
    isProfile: values.profile === true,
    nodeOptions: values['node-options'],
    out: values.out,
    isHelp: values.help === true,
  }
  if (options.isSave && options.isQuick)
    throw new RangeError('--save and --quick exclude each other: save the results of a complete run only')
  if (options.isSave && options.isCheck)
    throw new RangeError('--save and --check exclude each other: check first, then save')
  if (options.isProfile && (options.isSave || options.isCheck))
    throw new RangeError('--profile slows the processes down: leave out --save and --check')
  if (options.nodeOptions !== undefined && (options.isSave || options.isCheck))
    throw new RangeError("--node-options replaces the image's options: leave out --save and --check")
  if (options.isSave && options.out !== undefined)
    throw new RangeError('--save writes to bench/results: leave out --out, or use --out without --save')
  if (options.out === '') throw new RangeError('--out needs a folder, such as --out /tmp/bench')
  return options
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        turns: { type: 'string' },
        quick: { type: 'boolean' },
        check: { type: 'boolean' },
        save: { type: 'boolean' },
        profile: { type: 'boolean' },
        'node-options': { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    // Node's message names the option. Its advice about `--` does not apply here.
    const message = error instanceof Error ? (error.message.split(/\.\s/)[0] ?? '') : String(error)
    throw new RangeError(`${message}: npm run bench -- --help lists all options`)
  }
}

function readNames(given: string, names: readonly string[]): string[] {
  const wanted = given.split(',').map(name => name.trim())
  for (const name of wanted) {
    if (!names.includes(name))
      throw new RangeError(
        `--only: there is no part ${JSON.stringify(name)}; use some of ${names.join(', ')}`,
      )
  }
  return names.filter(name => wanted.includes(name))
}

function readTurns(given: string): number {
  if (!/^[1-9]\d?$/.test(given))
    throw new RangeError('--turns must be a whole number from 1 to 99, such as 5')
  return Number(given)
}
