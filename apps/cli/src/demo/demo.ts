import { once } from 'node:events'
import { readArgs, UsageError } from '../usage-error.ts'
import { isFree } from './is-free.ts'
import { ringOnce } from './ring-once.ts'
import { startStack } from './start-stack.ts'

export const demoUsage = `ringer demo: everything on this machine, with no credentials

  npm run demo                     a page where Alice can call Bob and you can break things, at http://localhost:4000
  npm run demo -- --once           the same, headless: one call, and the exit code says whether both phones rang
  npm run demo -- --port 4100      the page on another port

It uses the Redis at REDIS_URL, else a redis-server on the PATH, else a built-in Redis.`

const INGRESS_PORT = 3000

/** Starts the stack and places one call. Without `--once`, it then runs until SIGINT or SIGTERM. */
export async function demo(args: string[]): Promise<number> {
  const { values } = readArgs({
    args,
    options: { once: { type: 'boolean', default: false }, port: { type: 'string', default: '4000' } },
  })
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535) throw new UsageError('--port must be a number up to 65535')
  if (!values.once && !(await isFree(port))) {
    throw new Error(`port ${port} is in use; choose another one: npm run demo -- --port ${port + 1}`)
  }

  const stack = await startStack(
    values.once
      ? { page: 0, ingress: 0, workers: 1 }
      : {
          page: port,
          ingress: (await isFree(INGRESS_PORT)) ? INGRESS_PORT : 0,
          workers: 2,
          hosts: forwardedHosts(),
        },
  )
  try {
    print(`Redis      ${stack.redis}`, `ingress    ${stack.ingressUrl}`, '')
    const result = await ringOnce(stack.pageUrl)
    print(...result.lines)
    if (values.once || !result.ok) return result.ok ? 0 : 1
    print('', `Your turn: http://localhost:${port}   (Ctrl+C stops it)`)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    return 0
  } finally {
    await stack.close()
  }
}

/** The names under which the page is forwarded to other machines, as for the simulator in Compose. */
const forwardedHosts = () => (process.env.SIMULATOR_HOSTS ?? '').split(',').map(host => host.trim())

function print(...lines: string[]) {
  process.stdout.write(`${lines.join('\n')}\n`)
}
