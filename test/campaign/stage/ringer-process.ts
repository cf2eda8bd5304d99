import { type ChildProcess, fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Ready } from '@ringer/service'

const READY_LIMIT_MS = 60_000

/** A process of Ringer's that ends and starts again, as an orchestrator would have it. */
export interface RingerProcess {
  readonly name: string
  /** Where it listens, if it does; the same after a restart. */
  readonly url: string
  /** Starts it, unless it runs; resolves when it is ready. */
  start(): Promise<void>
  /** Ends it by SIGKILL, or in order by SIGTERM; resolves when it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  freeze(): void
  thaw(): void
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** @param onLine is told every line that it prints, and what it ended with if nobody had asked for it */
export function createRingerProcess(options: {
  name: string
  app: 'ingress' | 'worker'
  environment: Record<string, string>
  onLine: (name: string, line: string) => void
  onCrash: (what: string) => void
}): RingerProcess {
  const { name, app, environment, onLine, onCrash } = options
  let child: ChildProcess | undefined
  let asked = false
  let url = ''

  function launch(): ChildProcess {
    const port = url && new URL(url).port
    const launched = fork(fileURLToPath(new URL(`../../../apps/${app}/src/main.ts`, import.meta.url)), {
      env: { PATH: process.env.PATH ?? '', ...environment, ...(port && { PORT: port }) },
      execArgv: ['--disable-warning=ExperimentalWarning'],
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
      asked = false
      const started = launch()
      child = started
      started.once('exit', (code, signal) => {
        if (child === started) child = undefined
        if (!asked) onCrash(`${name} ended by itself: ${code ?? signal}`)
      })
      const ready = await firstWord(name, started)
      url = ready.url ?? ''
    },
    async end(signal) {
      const ending = child
      if (!ending) return
      asked = true
      const gone = new Promise(resolve => ending.once('exit', resolve))
      ending.kill(signal)
      await gone
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  }
}

function firstWord(name: string, child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${name} was not ready within ${READY_LIMIT_MS / 1_000} s`))
    }, READY_LIMIT_MS)
    child.once('exit', code => {
      clearTimeout(timer)
      reject(new Error(`${name} ended with code ${code} before it was ready`))
    })
    child.once('message', (message: { ready: Ready }) => {
      clearTimeout(timer)
      resolve(message.ready)
    })
  })
}
