import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startRedis } from '@ringer/fakes'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const limit = { timeout: 60_000 }
let bareFolder: string

/** A PATH with Node on it and no redis-server. */
beforeAll(async () => {
  bareFolder = await mkdtemp(join(tmpdir(), 'ringer-path-'))
  await symlink(process.execPath, join(bareFolder, 'node'))
})
afterAll(() => rm(bareFolder, { recursive: true, force: true }))

async function ringOnce(environment: Record<string, string>) {
  const { stdout } = await promisify(execFile)(process.execPath, ['apps/cli/src/main.ts', 'demo', '--once'], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
  })
  return stdout
}

describe('the demo, run once', () => {
  it('rings an iPhone and an Android phone with a Redis that is built in', limit, async () => {
    const said = await ringOnce({ PATH: bareFolder })
    expect(said).toContain('Redis      embedded')
    expect(said).toMatch(/Bob's iPhone rang after \d+ ms\./)
    expect(said).toMatch(/Bob's Android phone rang after \d+ ms\./)
  })

  it('rings them with the Redis at REDIS_URL, and leaves nothing behind there', limit, async () => {
    const redis = await startRedis()
    const client = new Redis(redis.url)
    const before = await client.keys('{ringer-test-*}*')
    try {
      const said = await ringOnce({ REDIS_URL: redis.url })
      expect(said).toContain('Redis      REDIS_URL')
      expect(said).toMatch(/Bob's Android phone rang after \d+ ms\./)
      if (redis.kind !== 'url') expect(await client.keys('*')).toEqual(before)
    } finally {
      client.disconnect()
      await redis.close()
    }
  })
})
