import { type ParseArgsConfig, parseArgs } from 'node:util'

/** Thrown for a command line that is not understood; the message says what to fix. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Parses arguments with Node's parseArgs, and turns its errors into a UsageError. */
export function readArgs<Config extends ParseArgsConfig>(config: Config) {
  try {
    return parseArgs(config)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
