import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { forgetPrefix } from '../forget-prefix.ts'
import type { Leftover } from './leftover.ts'

/** How long to wait for a process that should have ended. */
const END_LIMIT_MS = 2_000

const leftovers: Leftover[] = []
process.on('message', (leftover: Leftover) => leftovers.push(leftover))

/** The demo is over, or was killed. */
process.once('disconnect', async () => {
  for (const leftover of leftovers) if (leftover.kind === 'process') await untilEnded(leftover.pid)
  for (const leftover of leftovers) {
    if (leftover.kind === 'keys') await forgetPrefix(leftover.url, leftover.prefix)
    if (leftover.kind === 'folder') await rm(leftover.path, { recursive: true, force: true })
  }
  process.exit()
})

// Ctrl+C, a closed terminal or a kill of the whole group end the demo. This process ends after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

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
