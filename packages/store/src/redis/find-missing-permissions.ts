import { Cluster, ReplyError } from 'ioredis'
import type { RedisClient } from './connect.ts'
import { createKeys } from './keys.ts'
import type { RedisTarget } from './target.ts'

/**
 * The commands that Ringer, BullMQ and rate-limiter-flexible send, also inside scripts, each with as many arguments as it needs. KEY stands for
 * one of Ringer's keys, CHANNEL for one of its channels.
 */
const NEEDED = `
info
ping
time
eval script 1 KEY
evalsha sha1 1 KEY
del KEY
exists KEY
get KEY
set KEY value
setrange KEY 0 value
incr KEY
incrby KEY 1
type KEY
unlink KEY
expire KEY 1
pexpire KEY 1
pttl KEY
persist KEY
hdel KEY field
hexists KEY field
hget KEY field
hgetall KEY
hincrby KEY field 1
hlen KEY
hmget KEY field
hmset KEY field value
hset KEY field value
hsetnx KEY field value
lindex KEY 0
llen KEY
lpos KEY value
lpush KEY value
lrange KEY 0 0
lrem KEY 0 value
ltrim KEY 0 0
rpoplpush KEY KEY
rpush KEY value
sadd KEY member
scard KEY
sismember KEY member
smembers KEY
srem KEY member
xadd KEY * field value
xtrim KEY MAXLEN 1
bzpopmin KEY 1
zadd KEY 1 member
zcard KEY
zcount KEY 0 1
zpopmin KEY
zrange KEY 0 0
zrangebyscore KEY 0 0
zrem KEY member
zremrangebyrank KEY 0 0
zremrangebyscore KEY 0 0
zrevrange KEY 0 0
zrevrangebyscore KEY 0 0
zscore KEY member
publish CHANNEL message
`

/** EXEC outside of a transaction fails, but Redis checks the permission first. */
const TRANSACTION = 'multi\ndiscard\nexec'

/**
 * Finds the rules that the ACL of this connection's user lacks, such as `+info` or `~{ringer}:*`. Waits until Redis is up.
 *
 * Redis checks permissions when it queues a command of a transaction, so all commands are queued and then discarded: none
 * of them runs.
 *
 * @param prefix the prefix of all keys
 */
export async function findMissingPermissions(redis: RedisClient, prefix: string): Promise<string[]> {
  for (;;) {
    await untilReady(redis)
    try {
      const transaction = await refused(redis, prefix, TRANSACTION)
      if (transaction.length > 0) return transaction
      const commands = await refused(redis, prefix, `multi\n${NEEDED.trim()}\ndiscard`)
      return [...new Set([...commands, ...(await refusedSubscription(redis, prefix))])]
    } catch {
      // The connection was lost. It is asked again when it is back.
      await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
  }
}

const RETRY_MS = 200

/** Describes what is missing, and the command that mends it, in one line. */
export function describeMissingPermissions(target: RedisTarget, missing: readonly string[]): string {
  const user = userOf(target)
  return `the Redis user "${user}" lacks permissions that Ringer needs. In Redis, run: ACL SETUSER ${user} ${missing.join(' ')} (see docs/deploy.md)`
}

const userOf = (target: RedisTarget) =>
  (target.kind === 'single'
    ? decodeURIComponent(new URL(target.url).username)
    : target.credentials.username) || 'default'

/** Sends the commands at once and returns a rule for each that the user may not run. */
async function refused(redis: RedisClient, prefix: string, commands: string): Promise<string[]> {
  const lines = commands.split('\n')
  const pipeline = redis.pipeline()
  for (const line of lines) {
    const [name = '', ...args] = line.split(' ')
    const stands: Record<string, string> = { KEY: `${prefix}:permissions`, CHANNEL: channelOf(prefix) }
    pipeline.call(name, ...args.map(arg => stands[arg] ?? arg))
  }
  const answers = (await pipeline.exec()) ?? []
  const rules = answers.flatMap(([error], index) => {
    // ioredis reports a refused EXEC as "EXECABORT … NOPERM …".
    if (error?.message.includes('NOPERM')) return [ruleFor(error, lines[index] ?? '', prefix)]
    // Redis checks the permission first, so any other refusal means that it is there.
    if (error && !(error instanceof ReplyError)) throw error
    return []
  })
  return [...new Set(rules)]
}

const channelOf = (prefix: string) => createKeys(prefix).ringChanges()

/** Subscribes on a connection of its own: a connection with a subscription does nothing else. */
async function refusedSubscription(redis: RedisClient, prefix: string): Promise<string[]> {
  const node = redis instanceof Cluster ? redis.nodes('master')[0] : redis
  const subscriber = node?.duplicate({ enableOfflineQueue: true })
  if (!subscriber) throw new Error('the nodes of the Cluster are not known yet')
  subscriber.on('error', () => {})
  try {
    await subscriber.subscribe(channelOf(prefix))
    return []
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('NOPERM')) throw error
    return [ruleFor(error, 'subscribe', prefix)]
  } finally {
    subscriber.disconnect()
  }
}

/** Redis refuses a command, or one of its keys or channels. It checks the command first. */
function ruleFor(refusal: Error, line: string, prefix: string): string {
  if (/\bchannels?\b/.test(refusal.message.replace(/'.*?'/g, ''))) return `&${prefix}:*`
  if (/\bkeys?\b/.test(refusal.message.replace(/'.*?'/g, ''))) return `~${prefix}:*`
  return `+${line.split(' ')[0]}`
}

async function untilReady(redis: RedisClient): Promise<void> {
  if (redis.status === 'ready') return
  await new Promise<void>(resolve => redis.once('ready', () => resolve()))
}
