import { z } from 'zod'
import type { ConfigGroup, Env } from '../config-group.ts'
import { text, url } from '../fields.ts'
import { buildRedisTls, checkRedisTls, redisTlsFields } from './redis-tls.ts'

const HOST_PORTS = /^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$/
const MAX_PORT = 65_535

const addresses = z
  .string()
  .regex(HOST_PORTS, 'must be a list like host-1:6379,host-2:6379')
  .transform(list =>
    list.split(',').map(address => {
      const [host = '', port] = address.split(':')
      return { host, port: Number(port) }
    }),
  )
  .refine(list => list.every(({ port }) => port <= MAX_PORT), `must name ports up to ${MAX_PORT}`)
  .optional()

const login = { description: 'if the address does not contain them' }

const sentinelLogin = { description: 'the login of the sentinels themselves' }

const fields = {
  REDIS_URL: url('redis:', 'rediss:').meta({
    description: '`redis://` or `rediss://` (TLS). Set this, or `REDIS_CLUSTER_NODES`, or `REDIS_SENTINELS`',
    example: 'redis://localhost:6379',
  }),
  REDIS_CLUSTER_NODES: addresses.meta({ description: 'a Cluster: `host-1:6379,host-2:6379`' }),
  REDIS_SENTINELS: addresses.meta({ description: 'sentinels: `host-1:26379,host-2:26379`' }),
  REDIS_SENTINEL_NAME: text.meta({
    description: 'the name under which the sentinels know the master, often `mymaster`',
  }),
  REDIS_USERNAME: text.meta(login),
  REDIS_PASSWORD: text.meta(login),
  REDIS_SENTINEL_USERNAME: text.meta(sentinelLogin),
  REDIS_SENTINEL_PASSWORD: text.meta(sentinelLogin),
  ...redisTlsFields,
  RINGER_PREFIX: z
    .string()
    .regex(
      /^[^{}]*\{[^{}]+\}[^{}]*$/,
      'must contain a hash tag such as {ringer}, which keeps all keys in one slot of a Cluster',
    )
    .default('{ringer}')
    .meta({
      description: 'prefix of every key. Must hold a hash tag, which keeps all keys in one slot of a Cluster',
      default: '`{ringer}`',
    }),
}

/** Where Redis is, and the prefix of all of Ringer's keys. */
export const redisGroup = {
  fields,
  check(env: Env) {
    const given = ['REDIS_URL', 'REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'].filter(name => env[name])
    const faults: Record<string, string> = {}
    if (given.length === 0) faults.REDIS_URL = 'is required (or REDIS_CLUSTER_NODES, or REDIS_SENTINELS)'
    if (given.length > 1) faults[given[1] ?? ''] = `is set together with ${given[0]}; keep one`
    if (env.REDIS_SENTINELS && !env.REDIS_SENTINEL_NAME) {
      faults.REDIS_SENTINEL_NAME = "is required with REDIS_SENTINELS: the master's name, often mymaster"
    }
    const { username, password } = URL.parse(env.REDIS_URL ?? '') ?? {}
    if (username && env.REDIS_USERNAME)
      faults.REDIS_USERNAME = 'is set although REDIS_URL contains a user name; keep one'
    if (password && env.REDIS_PASSWORD)
      faults.REDIS_PASSWORD = 'is set although REDIS_URL contains a password; keep one'
    for (const name of ['REDIS_SENTINEL_USERNAME', 'REDIS_SENTINEL_PASSWORD']) {
      if (env[name] && !env.REDIS_SENTINELS) faults[name] = 'has no effect without REDIS_SENTINELS'
    }
    if (env.REDIS_SENTINEL_USERNAME && !env.REDIS_SENTINEL_PASSWORD)
      faults.REDIS_SENTINEL_PASSWORD = 'is required with REDIS_SENTINEL_USERNAME'
    return { ...faults, ...checkRedisTls(env) }
  },
  build(values) {
    const credentials = { username: values.REDIS_USERNAME, password: values.REDIS_PASSWORD }
    return { target: targetOf(), prefix: values.RINGER_PREFIX }

    function targetOf() {
      const {
        REDIS_CLUSTER_NODES: nodes,
        REDIS_SENTINELS: sentinels,
        REDIS_SENTINEL_NAME: name = '',
      } = values
      const tls = buildRedisTls(values)
      if (nodes) return { kind: 'cluster' as const, nodes, credentials, tls: tls.servers }
      if (sentinels) {
        const { REDIS_SENTINEL_USERNAME: username, REDIS_SENTINEL_PASSWORD: password } = values
        const watchers = { credentials: { username, password }, tls: tls.sentinels }
        return { kind: 'sentinel' as const, sentinels, name, credentials, tls: tls.servers, watchers }
      }
      const url = withCredentials(values.REDIS_URL ?? '', credentials)
      return { kind: 'single' as const, url, tls: tls.servers }
    }
  },
} satisfies ConfigGroup<typeof fields, unknown>

/** Adds credentials that have variables of their own to the URL, which is where a single Redis takes them from. */
function withCredentials(
  address: string,
  { username, password }: { username: string | undefined; password: string | undefined },
): string {
  if (!username && !password) return address
  const url = new URL(address)
  if (username) url.username = encodeURIComponent(username)
  if (password) url.password = encodeURIComponent(password)
  return url.href
}
