import { askAdmin } from './ask-admin.ts'
import { askRedis } from './ask-redis.ts'
import type { OpenLookup } from './looked-up.ts'

/** Asks a process if an admin URL is given, otherwise Redis. */
export const openLookup = (admin: string | undefined): Promise<OpenLookup> =>
  admin === undefined ? askRedis(process.env) : askAdmin(admin, process.env.ADMIN_TOKEN)
