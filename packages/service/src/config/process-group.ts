import { z } from 'zod'
import type { ConfigGroup } from './config-group.ts'
import { hostNames, integer, oneOf, proxies, text } from './fields.ts'
import { refuseGuessable } from './refuse-guessable.ts'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const fields = {
  HOST: text.meta({ description: 'where the ingress listens', default: '0.0.0.0' }),
  PORT: integer(0, 65_535).meta({ description: 'where the ingress listens', default: '3000' }),
  MAX_CONNECTIONS: integer(10, 1_000_000).meta({
    description:
      'how many connections the ingress keeps open at once; one address may have a quarter of them',
    default: '10000',
  }),
  TRUST_PROXY: proxies.meta({
    description:
      'the proxies in front of the ingress: how many, or their networks (`10.0.0.0/8`). [Set it if there are any](deploy.md#strangers): without it, all requests count for the proxy',
  }),
  ADMIN_HOST: text.meta({
    description: 'where metrics, health, calls and [a page](deploy.md#the-operators-page) are',
    default: '127.0.0.1',
  }),
  ADMIN_PORT: integer(0, 65_535).meta({
    description: 'their port',
    default: '3001 (ingress), 3002 (worker)',
  }),
  ADMIN_ALLOWED_HOSTS: hostNames.meta({
    description:
      'names at which the admin port is asked, besides loopback, IP addresses and `ADMIN_HOST`: `worker,metrics.internal`',
  }),
  ADMIN_TOKEN: z.string().superRefine(refuseGuessable(16, 'openssl rand -hex 24')).optional().meta({
    description:
      "a Bearer token for the admin port, except health and the page's own files; without one it tells calls only to its own machine. Make one with `openssl rand -hex 24`",
  }),
  LOG_LEVEL: z
    .enum(LEVELS, `must be one of ${LEVELS.join(', ')}`)
    .default('info')
    .meta({
      description:
        '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. JSON lines; readable text on a terminal',
      default: 'info',
    }),
  LOG_UIDS: oneOf('true', 'false').meta({
    description:
      '`false`: no log line names the recipient of a ring or the user of a registration, and no diagnosis the caller of a refused call',
    default: 'true',
  }),
}

/**
 * Where a process listens, how many connections it takes, which proxies it believes, to whom its admin port answers, and what
 * it logs. With port 0 the operating system chooses a free port.
 */
export const processGroup = (defaults: { port: number; adminPort: number }) =>
  ({
    fields,
    build: values => ({
      host: values.HOST ?? '0.0.0.0',
      port: values.PORT ?? defaults.port,
      maxConnections: values.MAX_CONNECTIONS ?? 10_000,
      trustProxy: values.TRUST_PROXY,
      adminHost: values.ADMIN_HOST ?? '127.0.0.1',
      adminPort: values.ADMIN_PORT ?? defaults.adminPort,
      adminToken: values.ADMIN_TOKEN,
      adminAllowedHosts: [values.ADMIN_HOST ?? [], values.ADMIN_ALLOWED_HOSTS].flat(),
      logLevel: values.LOG_LEVEL,
      logUids: values.LOG_UIDS !== 'false',
    }),
  }) satisfies ConfigGroup<typeof fields, unknown>
