import { ConfigError } from './config/load-config.ts'

/**
 * Runs a process's main function. What is wrong with the environment is told in plain words, without a stack; the exit
 * code is 1.
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    const message = error instanceof ConfigError ? `Ringer cannot start: ${error.message}` : describe(error)
    process.stderr.write(`${message}\n`)
    process.exit(1)
  }
}

const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
