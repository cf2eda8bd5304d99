import { styleText } from 'node:util'
import { findTrouble } from '@ringer/store'
import { readArgs, UsageError } from '../usage-error.ts'
import { isFree } from './is-free.ts'
import { ringOnce } from './ring-once.ts'
import { type Stack, startStack } from './start-stack.ts'

export const demoUsage = `ringer demo: everything on this machine, with no credentials

  npm run demo                           a page where Alice can call Bob and you can break things, at http://localhost:4000
  npm run demo -- --once                 the same, headless: one call, and the exit code says whether all phones rang
  npm run demo -- --port 4100            the page on another port
  npm run demo -- --ingress-port 3100    the ingress on another port than 3000

It uses the Redis at REDIS_URL, else a redis-server on the PATH, else a built-in Redis. Ctrl+C ends it, and nothing is left.`

const INGRESS_PORT = '3000'

/** The exit code of a program that was ended before it was done. */
const INTERRUPTED = 130

/**
 * Starts the stack and places one call. Without `--once`, it then runs until SIGINT, SIGTERM or SIGHUP.
 *
 * It is also over when nobody reads its output any more (`npm run demo | head -1`). Then it returns at once, without closing
 * anything: all that it has started ends with this process.
 */
export async function demo(args: string[]): Promise<number> {
  let isReady = false
  const running = run(args, () => {
    isReady = true
  })
  const ended = untilEnded().then(() => (isReady ? 0 : INTERRUPTED))
  return Promise.race([running, ended])
}

/** Resolves at the first signal, or when the output is closed. A second signal ends the process in Node's own way. */
function untilEnded(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    process.stdout.on('error', () => resolve())
  })
}

/** @param onReady called when everything has started and rung, and the page is the user's */
async function run(args: string[], onReady: () => void): Promise<number> {
  const { values } = readArgs({
    args,
    options: {
      once: { type: 'boolean', default: false },
      port: { type: 'string', default: '4000' },
      'ingress-port': { type: 'string', default: INGRESS_PORT },
    },
  })
  const page = portOf('--port', values.port)
  const ingress = portOf('--ingress-port', values['ingress-port'])
  if (!values.once && !(await isFree(page))) {
    throw new Error(`port ${page} is in use; choose another one: npm run demo -- --port ${page + 1}`)
  }
  const isIngressFree = await isFree(ingress)
  await refuseDeadRedis()

  const stack = await startStack({
    ...(values.once
      ? { page: 0, ingress: 0, workers: 1 }
      : { page, ingress: isIngressFree ? ingress : 0, workers: 2, hosts: forwardedHosts() }),
    onPart: (name, words) => print(part(name, words)),
  })
  try {
    if (!values.once) print(...describe(stack, isIngressFree ? undefined : ingress))
    print('')
    const allRang = await ringOnce(stack.pageUrl, print)
    if (values.once || !allRang) return allRang ? 0 : 1
    print(...invite(stack))
    onReady()
    return await new Promise<never>(() => undefined)
  } finally {
    await stack.close()
  }
}

function portOf(option: string, value: string): number {
  const port = Number(value)
  if (!/^\d+$/.test(value) || port > 65_535) throw new UsageError(`${option} must be a number up to 65535`)
  return port
}

/** Throws, and says why, if there is no Redis at REDIS_URL. Takes at most 2 s. */
async function refuseDeadRedis(): Promise<void> {
  const url = process.env.REDIS_URL
  if (!url) return
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw new Error('REDIS_URL must be a URL such as redis://localhost:6379')
  }
  const trouble = await findTrouble({ kind: 'single', url })
  if (trouble) throw new Error(`the Redis at REDIS_URL cannot be used: ${trouble}`)
}

/** The names under which the page is forwarded to other machines, as for the simulator in Compose. */
const forwardedHosts = () => (process.env.SIMULATOR_HOSTS ?? '').split(',').map(host => host.trim())

const part = (name: string, words: string) => `${styleText('dim', name.padEnd(10))} ${words}`

/** @param takenPort the port that the ingress should have had, if another process has it */
function describe({ adminUrl, login, secret }: Stack, takenPort: number | undefined): string[] {
  return [
    part('admin', `${adminUrl}/calls/SESSION_ID, /metrics, /health/ready`),
    part('webhooks', `user ${login.username}, password ${login.password}; or signed with ${secret}`),
    ...(takenPort === undefined
      ? []
      : [
          styleText(
            'yellow',
            `port ${takenPort} is in use, so the ingress has another one. Free it, or choose one:`,
          ),
          `           npm run demo -- --ingress-port ${takenPort + 100}`,
        ]),
  ]
}

function invite({ ingressUrl, pageUrl, login: { username, password } }: Stack): string[] {
  const credentials = `--username ${username} --password ${password}`
  return [
    '',
    `${styleText('bold', `Your turn: http://localhost:${new URL(pageUrl).port}`)}   (Ctrl+C stops it)`,
    'Or be CometChat, in another terminal:',
    `  npm run ringer -- call --to bob --url ${ingressUrl} ${credentials}`,
  ]
}

function print(...lines: string[]) {
  process.stdout.write(`${lines.join('\n')}\n`)
}
