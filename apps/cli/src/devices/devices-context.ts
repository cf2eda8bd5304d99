import type { Keys, RedisClient } from '@ringer/store'

/** The values of the options, as they were given. */
export interface DevicesOptions {
  uid?: string | undefined
  json: boolean
  file?: string | undefined
  'passphrase-file'?: string | undefined
}

/** What the subcommands need. */
export interface DevicesContext {
  /** The apps that are served, or the one that was asked for. */
  appIds: readonly string[]
  /** The app that was asked for. */
  app: string | undefined
  keys: Keys
  /** Connects to Redis. Call it when the options have been checked. */
  open(): Promise<RedisClient>
}
