import { providerSettings, providers } from '@ringer/providers'
import { loadConfig, processGroup } from '@ringer/service'
import { askAdmin } from './ask-admin.ts'
import { askRedis } from './ask-redis.ts'
import type { OpenLookup } from './looked-up.ts'

/**
 * Asks a process if an admin URL is given, otherwise Redis.
 *
 * @throws ConfigError if a setting is wrong, or Error if Redis does not answer
 */
export const openLookup = (admin: string | undefined): Promise<OpenLookup> =>
  admin === undefined ? askRedis(process.env) : askAdmin(admin, adminToken())

/** From the settings, because the token may be in a file. The ports are not used. */
const adminToken = () =>
  loadConfig(process.env, { process: processGroup({ port: 0, adminPort: 0 }) }, providerSettings(providers))
    .process.adminToken
