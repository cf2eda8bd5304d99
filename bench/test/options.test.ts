import { describe, expect, it } from 'vitest'
import { readBenchOptions } from '../options.ts'

const NAMES = ['ingress', 'pipeline', 'idle']
const read = (...args: string[]) => readBenchOptions(args, NAMES)

describe('readBenchOptions', () => {
  it('runs all parts five times by default', () => {
    expect(read()).toEqual({
      ...{ only: NAMES, turns: 5, isQuick: false, isCheck: false },
      ...{ isSave: false, isProfile: false, nodeOptions: undefined, out: undefined, isHelp: false },
    })
  })

  it('runs the chosen parts in their usual order', () => {
    expect(read('--only', 'idle, ingress').only).toEqual(['ingress', 'idle'])
  })

  it('runs one turn with --quick, unless --turns says otherwise', () => {
    expect(read('--quick').turns).toBe(1)
    expect(read('--quick', '--turns', '3').turns).toBe(3)
  })

  it.each([
    [['--only', 'pipelines'], '--only: there is no part "pipelines"; use some of ingress, pipeline, idle'],
    [['--turns', '0'], '--turns must be a whole number from 1 to 99, such as 5'],
    [['--turns', 'many'], '--turns must be a whole number from 1 to 99, such as 5'],
    [['--save', '--quick'], '--save and --quick exclude each other'],
    [['--save', '--check'], '--save and --check exclude each other'],
    [['--profile', '--save'], '--profile slows the processes down'],
    [['--profile', '--check'], '--profile slows the processes down'],
    [['--node-options=--max-semi-space-size=16', '--save'], "--node-options replaces the image's options"],
    [['--node-options', '', '--check'], "--node-options replaces the image's options"],
    [['--save', '--out', 'folder'], '--save writes to bench/results: leave out --out'],
    [['--out', ''], '--out needs a folder'],
    [['--onyl', 'idle'], "Unknown option '--onyl': npm run bench -- --help lists all options"],
    [
      ['--node-options', '--max-lazy'],
      "Option '--node-options' argument is ambiguous: npm run bench -- --help",
    ],
    [['idle'], "Unexpected argument 'idle'"],
    [['--only'], "Option '--only <value>' argument missing"],
  ])('refuses %j and says what to do', (args, message) => {
    expect(() => read(...args)).toThrow(message)
  })
})
