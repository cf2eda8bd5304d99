import { type CallView, createLookup } from '@ringer/diagnosis'
import { providerSettings, providers } from '@ringer/providers'
import {
  type CallQuery,
  callQuery,
  type Hint,
  loadTenantConfigs,
  processGroup,
  redisGroup,
  retentionGroup,
} from '@ringer/service'
import { createCallRecords, createKeys, createRedisClock } from '@ringer/store'
import { openRedis } from '../open-redis.ts'
import { UsageError } from '../usage-error.ts'
import type { OpenLookup, TypedQuery } from './looked-up.ts'

/**
 * Looks calls up in Redis, by the settings of a worker. Needs no process of Ringer's.
 *
 * @throws ConfigError if a setting is wrong, or Error if Redis does not answer
 */
export async function askRedis(environment: NodeJS.ProcessEnv): Promise<OpenLookup> {
  const { own, tenants } = loadTenantConfigs(
    environment,
    // The ports are not used.
    { process: processGroup({ port: 0, adminPort: 0 }), redis: redisGroup, retention: retentionGroup },
    {},
    providerSettings(providers),
  )
  const redis = await openRedis(own.redis)
  const clock = createRedisClock(redis, own.redis.prefix)
  await clock.measured
  const keys = createKeys(own.redis.prefix)
  const records = createCallRecords(redis, keys, { keptMs: own.retention.callRecordMs })
  const appIds = [...tenants.keys()]
  const { logUids } = own.process
  const lookup = createLookup({ redis, keys, records, appIds, now: clock.now, logUids })
  const lookedUp = ({ isKnown, json, text }: Awaited<ReturnType<typeof lookup.find>>) => ({
    ...{ isKnown, text },
    view: json as CallView,
  })
  return {
    find: async sessionId => lookedUp(await lookup.find(sessionId)),
    list: async query => (await lookup.list(parse(query))).map(lookedUp),
    warn: async () => textOf(await lookup.warn()),
    explainNone: async () => textOf(await lookup.explainNone()),
    async close() {
      clock.close()
      redis.disconnect()
    },
  }
}

const textOf = (hints: readonly Hint[]) => hints.map(({ text }) => text).join('')

function parse({ uid, since, limit }: TypedQuery): CallQuery {
  const parsed = callQuery.safeParse({ ...(uid && { uid }), ...(since && { since }), limit })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const name = issue?.path.join('.') === 'uid' ? 'to' : issue?.path.join('.')
  throw new UsageError(`--${name} ${issue?.message}`)
}
