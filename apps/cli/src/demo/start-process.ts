import { type ChildProcess, fork } from 'node:child_process'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Ready } from '@ringer/service'

/** One of Ringer's processes, started as in production. */
export interface StartedProcess extends Ready {
  pid: number
  /** Resolves with the exit code, or with the signal that ended the process. */
  ended: Promise<number | NodeJS.Signals | null>
  /** Returns the end of its output so far. */
  printed(): string
  /** Writes what it has printed lately, and all that it prints from now on. */
  copyOutput(to: Writable): void
  kill(signal: NodeJS.Signals): void
  /** Stops the process with SIGTERM, or with another signal. Resolves when it has ended. */
  close(signal?: NodeJS.Signals): Promise<void>
}

const READY_LIMIT_MS = 20_000
/** With compiled code from the last demo, a process starts with a quarter less CPU time. */
const compileCache =
  process.env.NODE_COMPILE_CACHE ??
  fileURLToPath(new URL('../../../../node_modules/.cache/compile', import.meta.url))

/** What Node runs for each process, from the folder of the apps. */
const mains = {
  ingress: ['ingress/src/main.ts'],
  worker: ['worker/src/main.ts'],
  serve: ['cli/src/main.ts', 'serve'],
} as const
const END_WITH_PARENT = new URL('./janitor/end-with-parent.ts', import.meta.url).href

/**
 * Starts the ingress, the worker or both in one (`ringer serve`) with this environment, without the caller's own, and waits until it announces its
 * addresses. It ends with this process, even if this process is killed.
 *
 * @param onStart called before it has done anything
 * @param apps the folder of the apps, if it is another version's. With a slash at its end
 */
export async function startProcess(
  app: keyof typeof mains,
  environment: Record<string, string>,
  onStart: (child: Pick<StartedProcess, 'pid' | 'ended'>) => void = () => undefined,
  apps: URL = new URL('../../../', import.meta.url),
): Promise<StartedProcess> {
  const [main, ...args] = mains[app]
  const child = fork(fileURLToPath(new URL(main, apps)), args, {
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCache, ...environment },
    execArgv: ['--disable-warning=ExperimentalWarning', '--import', END_WITH_PARENT],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const pid = child.pid ?? 0
  const ended = new Promise<number | NodeJS.Signals | null>(resolve => {
    child.once('exit', (code, signal) => resolve(code ?? signal))
  })
  if (child.pid) onStart({ pid, ended })
  const printed = collectOutput(child)
  const ready = await readyOf(app, child, printed)
  return {
    ...ready,
    pid,
    ended,
    printed,
    copyOutput(to) {
      to.write(printed())
      for (const stream of [child.stdout, child.stderr]) stream?.pipe(to, { end: false })
    },
    kill: signal => void child.kill(signal),
    async close(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}

/** Returns a function that returns the last characters that the process has printed. */
function collectOutput(child: ChildProcess): () => string {
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', chunk => {
      printed = (printed + chunk).slice(-4_000)
    })
  }
  return () => printed
}

/** Resolves with what the process announces. Rejects with its output if it ends first or announces nothing in time. */
function readyOf(app: string, child: ChildProcess, printed: () => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`the ${app} ${what}\n${printed()}`))
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(`did not start within ${READY_LIMIT_MS / 1_000} s`)
    }, READY_LIMIT_MS)
    child.once('close', code => fail(`ended with code ${code}`))
    child.once('message', (message: { ready: Ready }) => {
      clearTimeout(timer)
      resolve(message.ready)
    })
  })
}
