import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { nodeRuntime, readImageNodeOptions } from '../stage/node-runtime.ts'

it('what is measured runs with the options of Node that the image has', () => {
  const dockerfile = 'FROM base AS production\nENV NODE_OPTIONS="--max-semi-space-size=1"\nUSER node\n'
  expect(readImageNodeOptions(dockerfile)).toBe('--max-semi-space-size=1')
  expect(readImageNodeOptions()).toContain('--max-old-space-size-percentage=')
  expect(() => readImageNodeOptions('FROM base\n')).toThrow('there is no line ENV NODE_OPTIONS')
})

it('what is measured is compiled before it is started', async () => {
  const { NODE_COMPILE_CACHE, NODE_OPTIONS } = await nodeRuntime('apps/worker/src/main.ts')
  expect(NODE_OPTIONS).toBe(readImageNodeOptions())
  expect(readdirSync(NODE_COMPILE_CACHE, { recursive: true }).length).toBeGreaterThan(300)
})

it('a process that does not fail without settings is an error', async () => {
  await expect(nodeRuntime('bench/stage/process-use.ts')).rejects.toThrow(
    'did not fail without settings, but ended with 0',
  )
})
