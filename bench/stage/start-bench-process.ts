import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProcessAnswer, Question } from '../processes/parent.ts'
import { nodeRuntime } from './node-runtime.ts'
import { type ProcessUse, readUse } from './process-use.ts'

const PROFILER = new URL('../processes/profile.ts', import.meta.url).href
const READY_LIMIT_MS = 30_000
const ANSWER_LIMIT_MS = 150_000

/** A process of the bench, or of Ringer. */
export interface BenchProcess<Ready = unknown> {
  name: string
  pid: number
  /** What it announced when it was ready. */
  ready: Ready
  /** Asks one of the bench's own processes. Rejects if it fails, ends, or does not answer. */
  ask<T>(what: string, argument?: unknown): Promise<T>
  /** Calls the listener with every other message that it sends. */
  onMessage(listen: (message: unknown) => void): void
  use(): ProcessUse
  freeze(): void
  thaw(): void
  /** Ends it at once. */
  end(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a process and waits until it is ready. What it prints to stdout is discarded, as by a log collector; the last of
 * its stderr is part of the error if it fails.
 *
 * With BENCH_PROFILE_FOLDER in the environment, it writes profiles of its CPU time there.
 *
 * @param options.path from the repository's root
 * @param options.options passed to one of the bench's own processes
 */
export async function startBenchProcess<Ready>(options: {
  name: string
  path: string
  environment?: Record<string, string>
  options?: object
}): Promise<BenchProcess<Ready>> {
  const { name, path, environment, options: own } = options
  const folder = process.env.BENCH_PROFILE_FOLDER
  // The load generator, relays and stand-ins are not measured.
  const runtime = path.startsWith('bench/processes/') ? {} : await nodeRuntime(path)
  const child = fork(fileURLToPath(new URL(`../../${path}`, import.meta.url)), {
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'production',
      ...runtime,
      ...environment,
      ...(own && { BENCH_OPTIONS: JSON.stringify(own) }),
      ...(folder && { BENCH_PROFILE_FOLDER: folder, BENCH_PROFILE_NAME: name }),
    },
    execArgv: ['--disable-warning=ExperimentalWarning', ...(folder ? ['--import', PROFILER] : [])],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  running.add(child)
  let printed = ''
  child.stderr?.on('data', chunk => {
    printed = `${printed}${chunk}`.slice(-2_000)
  })
  let isEnding = false
  const open = new Map<number, (answer: ProcessAnswer) => void>()
  const listeners: ((message: unknown) => void)[] = []
  child.once('exit', () => {
    running.delete(child)
    const error = `${name} ended unexpectedly: ${printed}`
    if (!isEnding) for (const settle of open.values()) settle({ id: 0, error })
  })
  const { promise, resolve, reject } = Promise.withResolvers<Ready>()
  const timer = setTimeout(reject, READY_LIMIT_MS, new Error(`${name} was not ready in time: ${printed}`))
  child.once('exit', code => reject(new Error(`${name} ended with code ${code} at its start: ${printed}`)))
  child.on('message', (message: { ready: Ready } | ProcessAnswer) => {
    if ('ready' in message) resolve(message.ready)
    else if ('id' in message) open.get(message.id)?.(message)
    else for (const listen of listeners) listen(message)
  })
  const ready = await promise.finally(() => clearTimeout(timer))
  const pid = child.pid ?? 0
  let lastId = 0

  return {
    ...{ name, pid, ready },
    ask<T>(what: string, argument?: unknown) {
      lastId += 1
      const id = lastId
      return new Promise<T>((settle, refuse) => {
        const limit = setTimeout(
          () => refuse(new Error(`${name} did not answer "${what}" within ${ANSWER_LIMIT_MS / 1_000} s`)),
          ANSWER_LIMIT_MS,
        )
        open.set(id, ({ answer, error }) => {
          clearTimeout(limit)
          open.delete(id)
          if (error === undefined) settle(answer as T)
          else refuse(new Error(`${name}: ${error}`))
        })
        child.send({ id, ask: what, with: argument } satisfies Question)
      })
    },
    onMessage: listen => void listeners.push(listen),
    use: () => readUse(pid),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      isEnding = true
      const ended = new Promise(done => child.once('exit', done))
      child.kill('SIGKILL')
      await ended
    },
  }
}
