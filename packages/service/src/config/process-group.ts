import { z } from 'zod'
import type { ConfigGroup } from './config-group.ts'
import { hostNames, integer, oneOf, proxies, text } from './fields.ts'
import { refuseGuessable } from './refuse-guessable.ts'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const fields = {
  HOST: text,
  PORT: integer(0, 65_535),
  MAX_CONNECTIONS: integer(10, 1_000_000),
  TRUST_PROXY: proxies,
  ADMIN_HOST: text,
  ADMIN_PORT: integer(0, 65_535),
  ADMIN_ALLOWED_HOSTS: hostNames,
  ADMIN_TOKEN: z.string().superRefine(refuseGuessable(16, 'openssl rand -hex 24')).optional(),
  LOG_LEVEL: z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('info'),
  LOG_UIDS: oneOf('true', 'false'),
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
