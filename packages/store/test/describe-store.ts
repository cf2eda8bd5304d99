import { spawnSync } from 'node:child_process'
import { freshPrefix, type StartedRedis, startRedis } from '@ringer/fakes'
import {
  type CallRecords,
  connectPatient,
  createCallRecords,
  createDeviceRegistry,
  createKeys,
  type DeviceRegistry,
  type Keys,
  type RedisClient,
  type RedisTarget,
} from '@ringer/store'
import { afterEach, beforeAll, beforeEach, describe } from 'vitest'

/** All of the store on a prefix that no other test uses. */
export interface TestStore {
  target: RedisTarget
  prefix: string
  keys: Keys
  redis: RedisClient
  calls: CallRecords
  devices: DeviceRegistry
  /** Every key of this test. */
  listKeys(): Promise<string[]>
  close(): Promise<void>
}

export function openStore(url: string): TestStore {
  const target: RedisTarget = { kind: 'single', url }
  const prefix = freshPrefix()
  const keys = createKeys(prefix)
  const redis = connectPatient(target)
  // SCAN reads a prefix with braces as it is written: only *, ?, [ and \ have a meaning to it.
  const listKeys = () => redis.keys(`${prefix}*`)
  return {
    target,
    prefix,
    keys,
    redis,
    calls: createCallRecords(redis, keys),
    devices: createDeviceRegistry(redis, keys),
    listKeys,
    async close() {
      const left = await listKeys()
      if (left.length > 0) await redis.unlink(...left)
      redis.disconnect()
    },
  }
}

/** With `RINGER_TEST_REDIS=required` a machine without Redis fails these tests instead of skipping them. */
const required = process.env.RINGER_TEST_REDIS === 'required'
const found = spawnSync('redis-server', ['--version']).status === 0
/** Whether a redis-server of one's own can be had. */
export const hasServer = required || found

/** Whether a Redis can be had that is not the embedded one. */
export const hasRealRedis = hasServer || Boolean(process.env.REDIS_URL)

const kinds = [
  {
    over: 'a real Redis',
    usable: hasRealRedis,
    start: (): Promise<StartedRedis> =>
      process.env.REDIS_URL ? startRedis() : startRedis({ kind: 'redis-server' }),
  },
  { over: 'the embedded Redis', usable: true, start: () => startRedis({ kind: 'embedded' }) },
]

/** Describes what holds over every kind of Redis; `store()` is the running test's own. */
export function describeStore(name: string, tests: (store: () => TestStore) => void): void {
  describe.each(kinds)(`${name}, over $over`, ({ usable, start }) => {
    describe.runIf(usable)(
      usable ? 'at hand' : 'skipped: no REDIS_URL and no redis-server on the PATH',
      () => {
        let redis: StartedRedis
        let store: TestStore
        beforeAll(async () => {
          redis = await start()
          return () => redis.close()
        })
        beforeEach(() => {
          store = openStore(redis.url)
        })
        afterEach(() => store.close())
        tests(() => store)
      },
    )
  })
}

/** Describes what needs a redis-server of its own, because it is killed, paused or started again. */
export function describeServer(name: string, tests: () => void): void {
  const title = hasServer ? name : `${name} (skipped: no redis-server on the PATH)`
  describe.runIf(hasServer)(title, tests)
}
