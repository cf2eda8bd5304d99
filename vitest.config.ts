import { defineConfig } from 'vitest/config'

/** Tests that start a browser or many processes. They run after all others, which have limits on time. */
const heavy = ['**/test/browser/**/*.test.ts', 'apps/cli/test/**/*.test.ts', 'test/demo*.test.ts']

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
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
    ],
  },
})
