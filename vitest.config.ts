import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// For the processes that tests start: see test/fixtures/child-environment.ts.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compile', import.meta.url))

/**
 * Tests that start a browser or many processes, and those of a ring's deadline under a flood. They run after all others, at most three at
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

export default defineConfig({
  test: {
    pool: 'forks',
    // Loading the modules again for every file would take more than a third of the CPU time.
    isolate: false,
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
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'heavy',
          include: heavy,
          exclude: ['**/node_modules/**'],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
    ],
  },
})
