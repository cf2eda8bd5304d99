import type { RedisOptions } from '@ringer/fakes'
import { describe } from 'vitest'
import { hasRealRedis } from '../../../test/fixtures/describe-with-redis-server.ts'
import { it } from '../../../test/fixtures/store.ts'

export type { TestStore } from '../../../test/fixtures/store.ts'

const realRedis: RedisOptions = process.env.REDIS_URL ? {} : { kind: 'redis-server' }

const kinds = [
  {
    redis: hasRealRedis ? 'real Redis' : 'real Redis, skipped: no REDIS_URL and no redis-server on the PATH',
    usable: hasRealRedis,
    it: it.extend('redisOptions', { scope: 'worker' }, realRedis),
  },
  {
    redis: 'embedded Redis',
    usable: true,
    it: it.extend('redisOptions', { scope: 'worker' }, { kind: 'embedded' }),
  },
]

/** Runs the same tests over every kind of Redis. The `it` that is passed in gives each test a `store` of its own. */
export function describeStore(name: string, tests: (storeIt: typeof it) => void): void {
  for (const kind of kinds) describe.runIf(kind.usable)(`${name} (${kind.redis})`, () => tests(kind.it))
}
