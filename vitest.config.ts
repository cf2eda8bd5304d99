import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'test/**/*.test.ts',
      'tools/*/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
    ],
    pool: 'forks',
    // Loading the modules again for every file would take more than a third of the CPU time.
    isolate: false,
    // Tests mostly wait for sockets. vitest's own default would leave one of two cores idle.
    maxWorkers: 4,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // vitest's own default of 1 s is too short on a busy machine.
    expect: { poll: { timeout: 10_000 } },
  },
})
