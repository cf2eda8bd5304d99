import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Ready } from '@ringer/service'

/** One of Ringer's own processes, started the way it runs in production. */
export interface StartedProcess extends Ready {
  pid: number
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>
  kill(signal: NodeJS.Signals): void
  /** Ends it with SIGTERM, and resolves when it has ended. */
  close(): Promise<void>
}

const READY_LIMIT_MS = 20_000

/**
 * Starts the ingress or the worker with this environment and nothing of the caller's own, and waits until it says where
 * it can be reached.
 */
export async function startProcess(
  app: 'ingress' | 'worker',
  environment: Record<string, string>,
): Promise<StartedProcess> {
  const child = fork(fileURLToPath(new URL(`../../../${app}/src/main.ts`, import.meta.url)), {
    env: { PATH: process.env.PATH ?? '', ...environment },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const ended = new Promise<number | NodeJS.Signals | null>(resolve => {
    child.once('exit', (code, signal) => resolve(code ?? signal))
  })
  const ready = await firstWord(app, child)
  return {
    ...ready,
    pid: child.pid ?? 0,
    ended,
    kill: signal => void child.kill(signal),
    async close() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Resolves with what the process announces; rejects with what it printed when it ends or says nothing. */
function firstWord(app: string, child: ChildProcess): Promise<Ready> {
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', chunk => {
      printed = (printed + chunk).slice(-4_000)
    })
  }
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`the ${app} ${what}\n${printed}`))
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(`did not start within ${READY_LIMIT_MS / 1_000} s`)
    }, READY_LIMIT_MS)
    child.once('exit', code => fail(`ended with code ${code}`))
    child.once('message', (message: { ready: Ready }) => {
      clearTimeout(timer)
      resolve(message.ready)
    })
  })
}
