import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { childEnvironment } from './fixtures/child-environment.ts'
import { it } from './fixtures/redis.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const limit = { timeout: 60_000 }
let bareFolder: string

/** A folder for a PATH that has Node but no redis-server. */
beforeAll(async () => {
  bareFolder = await mkdtemp(join(tmpdir(), 'ringer-path-'))
  await symlink(process.execPath, join(bareFolder, 'node'))
})
afterAll(() => rm(bareFolder, { recursive: true, force: true }))

async function ringOnce(environment: Record<string, string>) {
  const { stdout } = await promisify(execFile)(process.execPath, ['apps/cli/src/main.ts', 'demo', '--once'], {
    cwd: root,
    env: { ...childEnvironment, ...environment },
  })
  return stdout
}

describe('demo --once', () => {
  it('rings an iPhone, an Android phone and a browser over the embedded Redis', limit, async () => {
    const output = await ringOnce({ PATH: bareFolder })
    expect(output).toContain('Redis      embedded')
    expect(output).toMatch(/shown +reported by Bob's iPhone\n/)
    expect(output).toMatch(/From the webhook to the screen of Bob's iPhone: \d+ ms\./)
    expect(output).toMatch(/From the webhook to the screen of Bob's Android phone: \d+ ms\./)
    expect(output).toMatch(/From the webhook to the screen of Bob's laptop: \d+ ms\./)
  })

  it('rings them over the Redis at REDIS_URL, and leaves no keys there', limit, async ({ redis }) => {
    const client = new Redis(redis.url)
    const before = await client.keys('*')
    try {
      const output = await ringOnce({ REDIS_URL: redis.url })
      expect(output).toContain('Redis      REDIS_URL')
      expect(output).toMatch(/to the screen of Bob's Android phone: \d+ ms\./)
      // Keys of other tests in the same Redis may expire meanwhile; none may be added.
      if (redis.kind !== 'url') expect(before).toEqual(expect.arrayContaining(await client.keys('*')))
    } finally {
      client.disconnect()
    }
  })
})
