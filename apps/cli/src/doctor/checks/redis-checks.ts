import { setTimeout } from 'node:timers/promises'
import { type Finding, fail, ok, type SetupCheck, skipped, warn } from '@ringer/service'
import {
  createProbe,
  describeMissingPermissions,
  explainRedisRefusal,
  findMissingPermissions,
  readInfo,
} from '@ringer/store'
import type { Setup } from '../load-setup.ts'
import type { OpenRedis, RedisAccess } from '../redis-access.ts'

const PINGS = 20
/** Other checks keep this process busy for a moment at the start. Pings that are spread out do not measure that. */
const PING_EVERY_MS = 25
/** A call makes up to five round trips to Redis, one after the other, before its push leaves. */
const SLOW_MS = 20
/** The ingress gives Redis 500 ms to store a webhook. */
const TOO_SLOW_MS = 100
const WRITE_LIMIT_MS = 1_000

/** Shares of maxmemory. */
const NEARLY_FULL = 0.8
const FULL = 0.97

/** Scripts as Ringer uses them need 6.2. */
const OLDEST = [6, 2] as const

/** Checks Redis: that it can be used, and that it loses nothing. */
export function redisChecks({ redis }: Setup): SetupCheck[] {
  if (!redis) return [{ name: 'Redis', run: async () => skipped('no process knows where Redis is') }]
  const withRedis = (name: string, check: (open: OpenRedis) => Finding | Promise<Finding>): SetupCheck => ({
    name: `Redis: ${name}`,
    async run() {
      const opened = await redis.open()
      return typeof opened === 'string' ? skipped('Redis cannot be reached') : check(opened)
    },
  })
  const withInfo = (name: string, check: (info: Info) => Finding): SetupCheck =>
    withRedis(name, async ({ client }) => {
      const info = await readInfo(client, redis.prefix).catch(() => undefined)
      return info ? check(info) : skipped('INFO is not permitted')
    })
  return [
    { name: 'Redis: reach', run: () => checkRedisReach(redis) },
    { name: 'Redis: TLS', run: async () => checkTls(redis) },
    withRedis('permissions', open => checkPermissions(redis, open)),
    withRedis('writes', open => checkWrites(redis, open)),
    withInfo('version', checkVersion),
    withInfo('memory', checkMemory),
    withInfo('eviction', checkEviction),
    withInfo('persistence', checkPersistence),
    withRedis('latency', checkLatency),
  ]
}

type Info = ReadonlyMap<string, string>

async function checkRedisReach(redis: RedisAccess): Promise<Finding> {
  const opened = await redis.open()
  if (typeof opened !== 'string') return ok('Redis answers')
  return fail(
    `Redis cannot be used: ${opened}`,
    'start Redis, or correct the settings whose names begin with REDIS_ (docs/deploy.md)',
  )
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/

function checkTls({ target }: RedisAccess): Finding {
  if (target.tls || (target.kind === 'single' && target.url.startsWith('rediss:')))
    return ok('connections to Redis use TLS, and its certificate is checked')
  const hosts =
    target.kind === 'single'
      ? [new URL(target.url).hostname]
      : (target.kind === 'cluster' ? target.nodes : target.sentinels).map(({ host }) => host)
  if (hosts.every(host => LOOPBACK.test(host))) return ok('Redis is on this machine, so TLS is not needed')
  return warn(
    'connections to Redis do not use TLS: names and device tokens can be read on the network on the way',
    'use rediss:// or REDIS_TLS=true, unless the network is your own',
  )
}

async function checkPermissions(redis: RedisAccess, { client }: OpenRedis): Promise<Finding> {
  const missing = await findMissingPermissions(client, redis.prefix)
  if (missing.length === 0) return ok("Redis's user may do all that Ringer needs")
  return fail(
    `Redis's user lacks ${missing.length === 1 ? 'a permission' : `${missing.length} permissions`}: ${missing.join(' ')}`,
    describeMissingPermissions(redis.target, missing),
  )
}

/** A Redis that answers may refuse writes all the same, because its memory or its disk is full. Stores nothing. */
async function checkWrites(redis: RedisAccess, { client }: OpenRedis): Promise<Finding> {
  let refusal: string | undefined
  const takesWrites = createProbe(client, redis.prefix, error => {
    refusal = explainRedisRefusal(error)
  })
  if (await takesWrites(WRITE_LIMIT_MS)) return ok('Redis accepts writes')
  return fail(refusal ?? 'Redis accepts no writes', "look at Redis's log, its memory and its disk")
}

/** https://redis.io/docs/latest/develop/reference/eviction/ */
function checkMemory(info: Info): Finding {
  const [used, most] = [Number(info.get('used_memory')), Number(info.get('maxmemory'))]
  if (Number.isNaN(used) || Number.isNaN(most)) return skipped('Redis does not say how much memory it uses')
  if (most === 0) return ok(`Redis uses ${inMb(used)} MB and has no limit (maxmemory)`)
  const sentence = `Redis uses ${inMb(used)} MB of ${inMb(most)} MB (maxmemory)`
  const fix = 'raise maxmemory: a full Redis refuses webhooks, and calls are lost'
  if (used >= most * FULL) return fail(sentence, fix)
  return used >= most * NEARLY_FULL ? warn(sentence, fix) : ok(sentence)
}

const inMb = (bytes: number) => (bytes / 1_048_576).toFixed(1)

function checkVersion(info: Info): Finding {
  const version = info.get('redis_version')
  if (version === undefined) return skipped('Redis does not say which version it is')
  const valkey = info.get('valkey_version')
  const name = valkey === undefined ? `Redis ${version}` : `Valkey ${valkey}`
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  return isOld
    ? fail(`this is ${name}`, `use Redis ${OLDEST.join('.')} or newer, or Valkey`)
    : ok(`this is ${name}`)
}

/** https://redis.io/docs/latest/develop/reference/eviction/ */
function checkEviction(info: Info): Finding {
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  if (policy === 'noeviction')
    return ok('maxmemory-policy is noeviction: no call is dropped when the memory is full')
  const fix = 'set maxmemory-policy to noeviction'
  if ((info.get('maxmemory') ?? '0') === '0')
    return warn(`maxmemory-policy is ${policy}; it has no effect only because maxmemory is not set`, fix)
  return fail(`maxmemory-policy is ${policy}, which drops calls when Redis's memory is full`, fix)
}

/** https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/ */
function checkPersistence(info: Info): Finding {
  const aof = info.get('aof_enabled')
  if (aof === undefined) return skipped('Redis does not say whether it has an append-only file')
  if (aof !== '1')
    return warn(
      'Redis has no append-only file: calls and registered phones are lost when it restarts',
      'set appendonly to yes; a managed Redis may call it persistence',
    )
  if (info.get('aof_last_write_status') === 'err')
    return fail('Redis cannot write its append-only file', "look at its log and at the disk's free space")
  return ok('Redis has an append-only file: calls and registered phones survive a restart')
}

async function checkLatency({ client }: OpenRedis): Promise<Finding> {
  const times: number[] = []
  for (let count = 0; count < PINGS; count += 1) {
    const sentAt = performance.now()
    await client.ping()
    times.push(performance.now() - sentAt)
    await setTimeout(PING_EVERY_MS)
  }
  const median = times.sort((a, b) => a - b)[PINGS / 2] ?? 0
  const sentence = `a round trip to Redis takes ${median.toFixed(1)} ms (median of ${PINGS})`
  const fix = 'run Redis, the ingress and the workers in one region'
  if (median > TOO_SLOW_MS) return fail(sentence, fix)
  return median > SLOW_MS ? warn(sentence, fix) : ok(sentence)
}
