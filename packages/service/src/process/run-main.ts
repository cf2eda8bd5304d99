import { ConfigError } from '../config/load-config.ts'

/** Something outside of the environment keeps the process from starting. The message says how to mend it, in one line. */
export class CannotStart extends Error {
  override name = 'CannotStart'
}

/**
 * Runs a process's main function. If it fails, the error is printed and the exit code is 1. Faults of the environment are
 * printed in plain words, without a stack.
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
  if (error instanceof ConfigError || error instanceof CannotStart)
    return `Ringer cannot start: ${error.message}`
  if (isAboutListening(error)) {
    return `Ringer cannot start: ${error.message}; set another address with HOST and PORT, or ADMIN_HOST and ADMIN_PORT`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Whether a port is taken or not allowed, or a host is not an address of this machine. */
const isAboutListening = (error: unknown): error is Error =>
  error instanceof Error && 'syscall' in error && ['listen', 'getaddrinfo'].includes(String(error.syscall))
