import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Ready } from '@ringer/service'
import { onTestFinished } from 'vitest'
import { childEnvironment } from '../../../test/fixtures/child-environment.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const execArgv = ['--disable-warning=ExperimentalWarning', '--import', '@ringer/service/require-node-24']

export interface ForkedProcess {
  child: ChildProcess
  /** Resolves with its addresses when it is ready. Rejects with its output if it ends before that. */
  ready: Promise<Ready>
  /** How it ended. */
  ended: Promise<{ code: number | null; signal: string | null }>
  /** Its output so far. */
  printed(): string
}

/** Starts a process as `npm start` does, with no other environment than this. It is killed when the test is over. */
export function forkProcess(name: 'ingress' | 'worker', env: Record<string, string>): ForkedProcess {
  const cwd = `${root}apps/${name}`
  const child = fork('src/main.ts', { cwd, execArgv, env: { ...childEnvironment, ...env }, silent: true })
  onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', chunk => {
      text += chunk
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  const ready = Promise.race([
    once(child, 'message').then(([message]) => message.ready as Ready),
    ended.then(() => Promise.reject(new Error(`it ended before it was ready:\n${text}`))),
  ])
  ready.catch(() => undefined)
  return { child, ready, ended, printed: () => text }
}
