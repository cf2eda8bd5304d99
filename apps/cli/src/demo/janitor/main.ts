import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { forgetPrefix } from '../forget-prefix.ts'
import type { Leftover, LeftoverChange } from './leftover.ts'

/** How long to wait for a process that was killed. */
const END_LIMIT_MS = 2_000

const leftovers = new Map<string, Leftover>()
process.on('message', ({ id, leftover }: LeftoverChange) => {
  if (leftover) leftovers.set(id, leftover)
  else leftovers.delete(id)
})

/** The demo is over, or was killed. */
process.once('disconnect', async () => {
  const left = [...leftovers.values()]
  const pids = left.flatMap(leftover => (leftover.kind === 'process' ? [leftover.pid] : []))
  for (const pid of pids) kill(pid)
  // They use the folder and the keys until they have ended.
  for (const pid of pids) await untilEnded(pid)
  for (const leftover of left) {
    if (leftover.kind === 'keys') await forgetPrefix(leftover.url, leftover.prefix)
    if (leftover.kind === 'folder') await rm(leftover.path, { recursive: true, force: true })
  }
  process.exit()
})

// Ctrl+C, a closed terminal or a kill of the whole group end the demo. This process ends after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

async function untilEnded(pid: number): Promise<void> {
  const limit = performance.now() + END_LIMIT_MS
  while (isRunning(pid) && performance.now() < limit) await delay(20)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    // Linux: a process that has ended stays in the list until its new parent has noticed, which may be never in a container.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}
