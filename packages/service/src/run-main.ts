import { ConfigError } from './config/load-config.ts'

/**
 * Runs a process's main function. What is wrong with the environment is told in plain words, without a stack; the exit
 * code is 1.
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`)
    process.exit(1)
  }
}

function describe(error: unknown): string {
  if (error instanceof ConfigError) return `Ringer cannot start: ${error.message}`
  if (isAboutListening(error)) {
    return `Ringer cannot start: ${error.message}; choose another by HOST and PORT, or ADMIN_HOST and ADMIN_PORT`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** A port that is taken or not allowed, or a host that is not this machine's. */
const isAboutListening = (error: unknown): error is Error =>
  error instanceof Error && 'syscall' in error && ['listen', 'getaddrinfo'].includes(String(error.syscall))
