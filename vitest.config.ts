import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// For the processes that tests start: see test/fixtures/child-environment.ts.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compile', import.meta.url))

/**
 * Tests that start a browser or many processes, and those of a ring's deadline under a flood. They run after all others, at most four at
 * once, so that neither takes the CPU time that the limits of the other need.
 */
const heavy = [
  '**/test/browser/**/*.test.ts',
  'apps/cli/test/**/*.test.ts',
  'test/demo*.test.ts',
  'test/faults/floods.test.ts',
  'tools/upgrade/test/**/*.test.ts',
  'test/faults/unreachable-provider.test.ts',
]

/** Small files that take long. */
const long = [
  'browser/apns-faults.test.ts',
  'browser/fcm-faults.test.ts',
  'browser/appearance.test.ts',
  'tools/upgrade/test/upgrade.test.ts',
]

/** vitest starts the largest files first. One that is small and takes long would end alone, with a core idle. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => long.some(name => moduleId.endsWith(name))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // Loading the modules again for every file would take more than a third of the CPU time.
    isolate: false,
    // With Node's own 16 MB, the collection of garbage takes more CPU time.
    execArgv: ['--max-semi-space-size=32'],
    sequence: { sequencer: LongFirst },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // vitest's own default of 1 s is too short on a busy machine.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: [
            'packages/*/test/**/*.test.ts',
            'apps/*/test/**/*.test.ts',
            'test/**/*.test.ts',
            'tools/*/test/**/*.test.ts',
            'bench/test/**/*.test.ts',
          ],
          exclude: heavy,
          // Tests mostly wait for sockets. vitest's own default would leave one of two cores idle.
          maxWorkers: 6,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'heavy',
          include: heavy,
          exclude: ['**/node_modules/**'],
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
    ],
  },
})
