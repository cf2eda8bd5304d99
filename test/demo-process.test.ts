import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RedisServer, startRedis } from '@ringer/fakes'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../packages/fakes/src/redis/free-port.ts'
import { childEnvironment } from './fixtures/child-environment.ts'
import { describeWithRedisServer } from './fixtures/describe-with-redis-server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const limit = { timeout: 60_000 }
const isLinux = process.platform === 'linux'

/** What the demo runs in: a shell command, in which DEMO stands for the command line of the demo. */
interface DemoOptions {
  args?: string[]
  environment?: Record<string, string>
  /** A shell command; `$DEMO` is the demo's. Default: the demo alone. */
  within?: string
}

/** Starts the demo on free ports, with a folder for temporary files and a mark of its own, by which its processes are found. */
async function startDemo({ args = [], environment = {}, within = 'exec $DEMO' }: DemoOptions = {}) {
  const mark = `/ringer-demo-${randomBytes(6).toString('hex')}`
  const temporary = mkdtempSync(join(tmpdir(), 'ringer-test-'))
  // Free ones.
  const ports = ['--port', '0', '--ingress-port', '0']
  const demo = [process.execPath, 'apps/cli/src/main.ts', 'demo', ...ports, ...args]
  const child = spawn('sh', ['-c', within], {
    cwd: root,
    // A group of its own, as a terminal gives a command, so that a test can press Ctrl+C.
    detached: true,
    // The demo passes nothing but the PATH and the compile cache to its processes.
    env: {
      ...childEnvironment,
      PATH: `${process.env.PATH}:${mark}`,
      TMPDIR: temporary,
      TERM: 'xterm',
      DEMO: demo.join(' '),
      NPM_DEMO: ['npm', 'run', 'demo', '--', ...ports, ...args].join(' '),
      ...environment,
    },
  })
  const output = collect(child)
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, ...output.all() }))
  onTestFinished(async () => {
    for (const pid of processesWith(mark)) process.kill(pid, 'SIGKILL')
    await ended
    rmSync(temporary, { recursive: true, force: true })
  })
  return {
    child,
    ended,
    output,
    /** What is left of it: its processes and its temporary files. npm has files of its own there. */
    leftovers: () => ({
      processes: processesWith(mark).map(commandOf),
      files: readdirSync(temporary).filter(name => name.startsWith('ringer-')),
    }),
    /** The pids of its workers. */
    workers: () => processesWith(mark).filter(pid => commandOf(pid).includes('worker/src/main.ts')),
    /** The pid of the demo itself, below whatever shell or npm it was started with. */
    pid: () => processesWith(mark).find(pid => commandOf(pid).includes('cli/src/main.ts demo')) ?? 0,
  }
}

type Demo = Awaited<ReturnType<typeof startDemo>>

const nothing = { processes: [], files: [] }

/** Its promise: all is over within a second. */
const soon = { timeout: 1_000, interval: 20 }

function collect(child: ChildProcess) {
  let stdout = ''
  let stderr = ''
  let changed = Promise.withResolvers<void>()
  const add = (text: string, errors: string) => {
    stdout += text
    stderr += errors
    changed.resolve()
    changed = Promise.withResolvers()
  }
  child.stdout?.setEncoding('utf8').on('data', text => add(text, ''))
  child.stderr?.setEncoding('utf8').on('data', text => add('', text))
  child.once('close', () => add('', ''))
  return {
    all: () => ({ stdout, stderr }),
    /** Resolves with all that was printed as soon as it contains these words. */
    async until(words: string): Promise<string> {
      while (!stdout.includes(words)) {
        if (child.exitCode !== null) throw new Error(`it ended without “${words}”: ${stdout}${stderr}`)
        await changed.promise
      }
      return stdout
    },
  }
}

/** The processes that have this in their environment. */
function processesWith(mark: string): number[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.filter(pid => readProc(pid, 'environ').includes(mark)).map(Number)
}

const commandOf = (pid: number) => readProc(String(pid), 'cmdline').replaceAll('\0', ' ').trim()

/** Empty for a process that has ended, or is not ours. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(join('/proc', pid, file), 'utf8')
  } catch {
    return ''
  }
}

/** Presses Ctrl+C: a terminal sends the signal to everything that it started. */
const pressCtrlC = ({ child }: Demo) => process.kill(-(child.pid ?? 0), 'SIGINT')

describe.runIf(isLinux)('the demo', () => {
  it(
    'prints each step as it happens, without colours if the output is not a terminal, and a webhook to paste',
    limit,
    async () => {
      const demo = await startDemo()
      expect(await demo.output.until('Redis ')).not.toContain('webhook ')
      expect(await demo.output.until('ingress ')).not.toContain('workers ')
      const printed = await demo.output.until('Your turn')
      expect(printed).toMatch(/admin +http:\/\/127\.0\.0\.1:\d+/)
      expect(printed).toMatch(/webhooks +user \w+, password \w+; or signed with \w+/)
      expect(printed).not.toContain('\u001b')

      const invitation = await demo.output.until('--password')
      const [, page = ''] = /^Your turn: (\S+)/m.exec(invitation) ?? []
      expect((await fetch(page)).status).toBe(200)
      const [, line = ''] = /^ +(npm run ringer -- call .*)$/m.exec(invitation) ?? []
      const pasted = spawn('sh', ['-c', line], { cwd: root })
      const answer = collect(pasted)
      await once(pasted, 'close')
      expect(answer.all().stdout).toContain('200 {"status":"queued"}')
    },
  )

  it('prints colours on a terminal', limit, async () => {
    const demo = await startDemo({ args: ['--once'], within: 'exec script -qec "$DEMO" /dev/null' })
    const { stdout } = await demo.ended
    expect(stdout).toContain('\u001b[32m')
  })

  it('says that the port of the ingress is taken, and how to choose another one', limit, async () => {
    const taken = await listen(createServer())
    const demo = await startDemo({ args: ['--ingress-port', String(taken)] })
    const printed = await demo.output.until('Your turn')
    expect(printed).toContain(`port ${taken} is in use`)
    expect(printed).toContain(`npm run demo -- --ingress-port ${taken + 100}`)
  })
})

describe.runIf(isLinux)('the demo at a REDIS_URL', () => {
  it.each([
    ['with no server', async () => `redis://127.0.0.1:${await freePort()}`, /ECONNREFUSED|refused/],
    [
      'that never answers',
      async () => `redis://127.0.0.1:${await listen(createServer(() => undefined))}`,
      /./,
    ],
    ['that is not a URL', async () => 'localhost:6379', /redis:\/\/localhost:6379/],
  ])('%s says so within 5 s, in one line', limit, async (_, urlOf, words) => {
    // Starting Node alone can take seconds on a busy machine.
    const startMs = await timeOf({ args: ['--port', 'none'] })
    const environment = { REDIS_URL: await urlOf() }
    const demo = await startDemo({ environment })
    const since = performance.now()
    const { code, stdout, stderr } = await demo.ended
    expect(performance.now() - since - startMs).toBeLessThan(5_000)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^[^\n]*REDIS_URL[^\n]*\n$/)
    expect(stderr).toMatch(words)
    await expect.poll(demo.leftovers, soon).toEqual(nothing)
  })
})

/** How long a demo takes from its start to its end, ms. */
async function timeOf(options: DemoOptions): Promise<number> {
  const demo = await startDemo(options)
  const since = performance.now()
  await demo.ended
  return performance.now() - since
}

/** Listens on a free port until the test ends. */
async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

if (isLinux) {
  describeWithRedisServer('nothing is left of the demo', () => {
    let redis: RedisServer
    let client: Redis
    beforeAll(async () => {
      redis = await startRedis({ kind: 'redis-server' })
      client = new Redis(redis.url)
    })
    afterAll(async () => {
      client.disconnect()
      await redis.close()
    })

    const ctrlC = pressCtrlC
    const kill = ({ pid }: Demo) => process.kill(pid(), 'SIGKILL')
    const killAll = ({ child }: Demo) => process.kill(-(child.pid ?? 0), 'SIGKILL')
    const killWithFrozenWorkers = (demo: Demo) => {
      const workers = demo.workers()
      expect(workers).toHaveLength(2)
      // They cannot notice that the demo is gone, as on a machine that is too busy to run them.
      for (const worker of workers) process.kill(worker, 'SIGSTOP')
      kill(demo)
    }
    const terminate = ({ pid }: Demo) => process.kill(pid(), 'SIGTERM')
    const underNpm = 'exec $NPM_DEMO'

    it.each<[string, string, (demo: Demo) => void, DemoOptions]>([
      ['Ctrl+C', 'Your turn', ctrlC, { within: underNpm }],
      ['kill -9 of npm and all below it', 'Your turn', killAll, { within: underNpm }],
      ['Ctrl+C while it starts', 'ingress ', ctrlC, {}],
      ['kill -9 while it starts', 'ingress ', kill, {}],
      ['kill -9 with frozen workers', 'Your turn', killWithFrozenWorkers, {}],
    ])('a second after %s', limit, async (_, words, end, options) => {
      const demo = await startDemo(options)
      await demo.output.until(words)
      end(demo)
      await expect.poll(demo.leftovers, soon).toEqual(nothing)
    })

    it.each<[string, (demo: Demo) => void]>([
      ['Ctrl+C', ctrlC],
      ['SIGTERM', terminate],
      ['kill -9', kill],
    ])('nor in the Redis at REDIS_URL, a second after %s', limit, async (_, end) => {
      const demo = await startDemo({ environment: { REDIS_URL: redis.url } })
      await demo.output.until('Your turn')
      expect(await client.dbsize()).toBeGreaterThan(0)
      expect(demo.leftovers().processes).toHaveLength(5)
      end(demo)
      const left = async () => ({ keys: await client.dbsize(), ...demo.leftovers() })
      await expect.poll(left, soon).toEqual({ keys: 0, ...nothing })
    })

    it('when nobody reads its output any more', limit, async () => {
      const demo = await startDemo({ within: '$DEMO | head -1' })
      const { stdout, stderr } = await demo.ended
      expect(stdout.split('\n')).toHaveLength(2)
      expect(stderr).toBe('')
      await expect.poll(demo.leftovers, soon).toEqual(nothing)
    })
  })
}
