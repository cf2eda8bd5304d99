import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Ready } from '@ringer/service'

const READY_LIMIT_MS = 60_000
const REPORT_STARVATION = new URL('report-starvation.mjs', import.meta.url).href

/** What a process tells the campaign. */
type ProcessMessage = { ready: Ready } | { starved: { from: number; to: number } }

/** A process of Ringer that can be ended and restarted, as an orchestrator does. */
export interface RingerProcess {
  readonly name: string
  /** Where it listens, if it listens. A restart keeps it. */
  readonly url: string
  /** Starts it unless it runs. Resolves when it is ready. */
  start(): Promise<void>
  /** Ends it: at once with SIGKILL, gracefully with SIGTERM. Resolves when it has ended. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  freeze(): void
  thaw(): void
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Creates a process, without starting it.
 *
 * @param options.onLine called with every line that it prints
 * @param options.onCrash called when it ends although nobody asked it to
 * @param options.onStarved called when the machine left it without a processor for a while, epoch ms
 */
export function createRingerProcess(options: {
  name: string
  app: 'ingress' | 'worker'
  environment: Record<string, string>
  onLine: (name: string, line: string) => void
  onCrash: (what: string) => void
  onStarved: (from: number, to: number) => void
}): RingerProcess {
  const { name, app, environment, onLine, onCrash, onStarved } = options
  let child: ChildProcess | undefined
  let isEnding = false
  let url = ''
  /** When it continued after it had been frozen. While it is frozen: never. */
  let runsSince = 0

  function launch(): ChildProcess {
    const port = url && new URL(url).port
    const launched = fork(fileURLToPath(new URL(`../../../apps/${app}/src/main.ts`, import.meta.url)), {
      env: { PATH: process.env.PATH ?? '', ...environment, ...(port && { PORT: port }) },
      execArgv: ['--disable-warning=ExperimentalWarning', `--import=${REPORT_STARVATION}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [launched.stdout, launched.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', line => onLine(name, line))
    }
    running.add(launched)
    launched.once('exit', () => running.delete(launched))
    return launched
  }

  return {
    name,
    get url() {
      return url
    },
    async start() {
      if (child) return
      isEnding = false
      const started = launch()
      child = started
      started.once('exit', (code, signal) => {
        if (child === started) child = undefined
        if (!isEnding) onCrash(`${name} ended unexpectedly: ${code ?? signal}`)
      })
      const ready = await readyOf(name, started)
      url = ready.url ?? ''
      started.on('message', (message: ProcessMessage) => {
        // While it was frozen it could not run either.
        if ('starved' in message && message.starved.from > runsSince) {
          onStarved(message.starved.from, message.starved.to)
        }
      })
    },
    async end(signal) {
      const ending = child
      if (!ending) return
      isEnding = true
      const ended = new Promise(resolve => ending.once('exit', resolve))
      ending.kill(signal)
      await ended
    },
    freeze() {
      runsSince = Number.POSITIVE_INFINITY
      child?.kill('SIGSTOP')
    },
    thaw() {
      child?.kill('SIGCONT')
      runsSince = Date.now()
    },
  }
}

function readyOf(name: string, child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${name} was not ready within ${READY_LIMIT_MS / 1_000} s`))
    }, READY_LIMIT_MS)
    child.once('exit', code => {
      clearTimeout(timer)
      reject(new Error(`${name} ended with code ${code} before it was ready`))
    })
    child.on('message', (message: ProcessMessage) => {
      if (!('ready' in message)) return
      clearTimeout(timer)
      resolve(message.ready)
    })
  })
}
