import { providerSettings, providers } from '@ringer/providers'
import { loadTenantConfigs, redisGroup } from '@ringer/service'
import { createKeys } from '@ringer/store'
import { openRedis } from '../open-redis.ts'
import { readArgs, UsageError } from '../usage-error.ts'
import { exportDevices } from './export-devices.ts'
import { importDevices } from './import-devices.ts'
import { listDevices } from './list-devices.ts'

export const devicesUsage = `ringer devices: the phones of a person, and backups of all phones

  npm run ringer -- devices --uid bob
  npm run ringer -- devices export --file FILE --passphrase-file FILE
  npm run ringer -- devices import --file FILE --passphrase-file FILE

  --uid UID    the user, as CometChat knows them
  --app ID     the app, if there are several (RINGER_APPS)
  --json       prints JSON
  --file FILE  where the backup is written to or read from; it must not exist before an export
  --passphrase-file FILE
               a file with the passphrase that the backup is encrypted with, at least 16 characters; make one with:
               openssl rand -base64 32

Reads Redis by the worker's settings. No token is printed. Without a subcommand it exits with 0 if the user has a phone, otherwise
with 1. docs/redis.md says what a backup is good for.`

const options = {
  uid: { type: 'string' },
  app: { type: 'string' },
  json: { type: 'boolean', default: false },
  file: { type: 'string' },
  'passphrase-file': { type: 'string' },
} as const

const subcommands = { list: listDevices, export: exportDevices, import: importDevices }

/** Lists the phones of a user, or exports or imports all phones. */
export async function devices(args: string[]): Promise<number> {
  const { values, positionals } = readArgs({ args, options, allowPositionals: true })
  const [name = 'list', ...more] = positionals
  const run = Object.entries(subcommands).find(([known]) => known === name && more.length === 0)?.[1]
  if (!run) throw new UsageError(`unknown subcommand ${JSON.stringify(positionals.join(' '))}`)
  const { own, tenants } = loadTenantConfigs(
    process.env,
    { redis: redisGroup },
    {},
    providerSettings(providers),
  )
  const { app } = values
  if (app !== undefined && !tenants.has(app)) {
    throw new UsageError(`--app must be one of ${[...tenants.keys()].join(', ')}`)
  }
  const appIds = app === undefined ? [...tenants.keys()] : [app]
  return run(values, { appIds, app, keys: createKeys(own.redis.prefix), open: () => openRedis(own.redis) })
}
