import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshPrefix, startRedis } from '@ringer/fakes'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { describeWithRedisServer, hasRedisServer } from '../../../test/fixtures/describe-with-redis-server.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function client(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  redis.on('error', () => undefined)
  closers.push(() => redis.disconnect())
  return redis
}

async function start<R extends { close(): Promise<void> }>(redis: Promise<R>): Promise<R> {
  const started = await redis
  closers.push(() => started.close())
  return started
}

it('uses the Redis at a given URL, and does not close what it did not start', async () => {
  const real = await start(startRedis({ kind: 'embedded' }))
  const redis = await startRedis({ url: real.url })
  expect(redis).toMatchObject({ kind: 'url', url: real.url })
  await redis.close()
  await expect(client(real.url).ping()).resolves.toBe('PONG')
})

it('creates prefixes that are hash tags and always differ', () => {
  expect(freshPrefix()).toMatch(/^\{ringer-test-[\da-f]{12}\}$/)
  expect(freshPrefix()).not.toBe(freshPrefix())
})

const kinds = ['redis-server', 'embedded'] as const

describe.each(kinds.filter(kind => kind === 'embedded' || hasRedisServer))('%s', kind => {
  it('stores values, runs scripts, and listens only on loopback', async () => {
    const { url } = await start(startRedis({ kind }))
    const redis = client(url)
    await redis.set('a', '1')
    await expect(redis.eval("return redis.call('GET', KEYS[1])", 1, 'a')).resolves.toBe('1')
    expect(new URL(url).hostname).toBe('127.0.0.1')
    const elsewhere = connect({ port: Number(new URL(url).port), host: '127.0.0.2' })
    await expect(new Promise(resolve => elsewhere.on('error', resolve))).resolves.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })

  it('closes while clients are connected', async () => {
    const started = await start(startRedis({ kind }))
    const redis = client(started.url)
    await redis.ping()
    const blocked = redis.blpop('never', 0)
    blocked.catch(() => undefined)
    const closed = new Promise(resolve => redis.once('close', resolve))
    await started.close()
    await closed
    await started.close()
  })
})

describe('embedded', () => {
  it('answers small requests without delay, even when a stream is long', async () => {
    const redis = client((await start(startRedis({ kind: 'embedded' }))).url)
    const pipeline = redis.pipeline()
    for (let count = 0; count < 2000; count += 1) pipeline.xadd('events', '*', 'event', 'x'.repeat(100))
    await pipeline.exec()
    const startedAt = performance.now()
    for (let count = 0; count < 50; count += 1) await redis.xadd('events', '*', 'event', 'y')
    expect((performance.now() - startedAt) / 50).toBeLessThan(20)
  })
})

describeWithRedisServer('redis-server', () => {
  it('never evicts, and persists nothing by default', async () => {
    const redis = client((await start(startRedis({ kind: 'redis-server' }))).url)
    await expect(redis.config('GET', 'maxmemory-policy')).resolves.toEqual(['maxmemory-policy', 'noeviction'])
    await expect(redis.config('GET', 'appendonly')).resolves.toEqual(['appendonly', 'no'])
    await expect(redis.config('GET', 'save')).resolves.toEqual(['save', ''])
  })

  it('restarts after a kill, on its port and with its append-only file', async () => {
    const server = await start(startRedis({ kind: 'redis-server', args: ['--appendonly', 'yes'] }))
    const redis = client(server.url)
    await redis.set('kept', 'yes')
    const before = server.pid
    await server.kill()
    await server.restart()
    expect(server.pid).not.toBe(before)
    await expect(redis.get('kept')).resolves.toBe('yes')
    await server.restart()
    await expect(redis.get('kept')).resolves.toBe('yes')
  })

  it('answers nothing while paused, and everything after it resumes', async () => {
    const server = await start(startRedis({ kind: 'redis-server' }))
    const redis = client(server.url)
    await redis.ping()
    server.pause()
    const silent = new Redis(server.url, {
      commandTimeout: 150,
      retryStrategy: null,
      enableReadyCheck: false,
    })
    closers.push(() => silent.disconnect())
    silent.on('error', () => undefined)
    await expect(silent.ping()).rejects.toThrow()
    const late = redis.set('late', '1')
    server.resume()
    await expect(late).resolves.toBe('OK')
  })

  it('closes while paused, and leaves no folder behind', async () => {
    const server = await startRedis({ kind: 'redis-server' })
    const [, folder] = (await client(server.url).config('GET', 'dir')) as [string, string]
    expect(existsSync(folder)).toBe(true)
    server.pause()
    await server.close()
    expect(existsSync(folder)).toBe(false)
  })

  it('rejects with redis-server’s own message if an argument is wrong', async () => {
    await expect(startRedis({ kind: 'redis-server', args: ['--no-such-setting', '1'] })).rejects.toThrow(
      /redis-server exited/,
    )
  })

  // A test run that is killed must not leave a server behind for every test file.
  it.runIf(process.platform === 'linux')(
    'ends with the process that started it, however that ends',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ringer-fakes-'))
      closers.push(() => rmSync(folder, { recursive: true }))
      const source = new URL('../src/index.ts', import.meta.url).href
      const script = `const { startRedis } = await import('${source}')
      console.log((await startRedis({ kind: 'redis-server' })).pid)`
      const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, TMPDIR: folder },
      })
      closers.push(() => parent.kill('SIGKILL'))
      const [line] = await once(parent.stdout, 'data')
      const pid = Number(line)
      expect(isRunning(pid)).toBe(true)
      parent.kill('SIGKILL')
      await expect.poll(() => isRunning(pid)).toBe(false)
    },
  )
})

function isRunning(pid: number): boolean {
  try {
    // A zombie no longer runs. It stays listed until some process reaps it.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}
