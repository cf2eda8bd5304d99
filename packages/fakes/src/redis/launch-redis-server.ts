import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { findOnPath } from './find-on-path.ts'

export type RedisProcess = ChildProcessByStdio<null, Readable, null>

const READY_MS = 15_000

/** The port was taken between its choice and redis-server's own bind. */
export class PortTakenError extends Error {}

/**
 * Runs redis-server, and resolves when it says that it can be used. Rejects with its last words when it does not.
 *
 * @param readyWords how it says so; a sentinel has words of its own
 */
export function launchRedisServer(
  binary: string,
  args: readonly string[],
  readyWords = 'Ready to accept connections',
): Promise<RedisProcess> {
  const child = spawnWithUs(binary, args)
  const words: string[] = []
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`redis-server was not ready within ${READY_MS} ms: ${words.join(' ')}`))
    }, READY_MS)
    createInterface({ input: child.stdout }).on('line', line => {
      if (words.push(line) > 5) words.shift()
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
      const said = words.join(' ')
      const message = `redis-server ended: ${said}`
      reject(said.includes('Address already in use') ? new PortTakenError(message) : new Error(message))
    })
  })
}

/** On Linux `setpriv` has the kernel kill it with us, even where we are killed ourselves; it becomes redis-server. */
function spawnWithUs(binary: string, args: readonly string[]): RedisProcess {
  const setpriv = process.platform === 'linux' ? findOnPath('setpriv') : null
  const [command, all] = setpriv ? [setpriv, ['--pdeathsig', 'KILL', binary, ...args]] : [binary, args]
  return spawn(command, all, { stdio: ['ignore', 'pipe', 'ignore'] })
}
