import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { findOnPath } from './find-on-path.ts'

export type RedisProcess = ChildProcessByStdio<null, Readable, null>

/** Long: a machine that is busy with its disk was seen to take more than 15 s to read the file of an empty Redis. */
const READY_MS = 60_000

/** Another process took the port after it was chosen and before redis-server bound it. */
export class PortTakenError extends Error {}

/**
 * Runs redis-server, and resolves when it logs that it is ready. Rejects with its last log lines if it does not.
 *
 * @param readyWords the text that means ready; a sentinel logs a different one
 */
export function launchRedisServer(
  binary: string,
  args: readonly string[],
  readyWords = 'Ready to accept connections',
): Promise<RedisProcess> {
  const child = spawnTiedToParent(binary, args)
  const lastLines: string[] = []
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`redis-server was not ready within ${READY_MS} ms: ${lastLines.join(' ')}`))
    }, READY_MS)
    createInterface({ input: child.stdout }).on('line', line => {
      if (lastLines.push(line) > 5) lastLines.shift()
      if (!line.includes(readyWords)) return
      clearTimeout(timer)
      resolve(child)
    })
    child.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', () => {
      clearTimeout(timer)
      const output = lastLines.join(' ')
      const message = `redis-server exited: ${output}`
      reject(output.includes('Address already in use') ? new PortTakenError(message) : new Error(message))
    })
  })
}

/**
 * On Linux, starts redis-server through `setpriv`, which makes the kernel kill it when this process ends, even by
 * SIGKILL. `setpriv` replaces itself with redis-server, so the pid is redis-server's.
 */
function spawnTiedToParent(binary: string, args: readonly string[]): RedisProcess {
  const setpriv = process.platform === 'linux' ? findOnPath('setpriv') : null
  const [command, all] = setpriv ? [setpriv, ['--pdeathsig', 'KILL', binary, ...args]] : [binary, args]
  // In a group of its own: Ctrl+C is for the process that started it, which ends it when it is no longer needed.
  return spawn(command, all, { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
}
