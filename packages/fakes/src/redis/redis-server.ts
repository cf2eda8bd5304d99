import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { launchRedisServer, PortTakenError, type RedisProcess } from './launch-redis-server.ts'

/** A real Redis of one's own, which may be killed, frozen and restarted. */
export interface RedisServer {
  url: string
  kind: 'redis-server'
  readonly pid: number
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Ends it if it runs, and starts it again with the same port and folder; resolves when it is ready. */
  restart(): Promise<void>
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): void
  /** SIGCONT: goes on with what had been sent meanwhile. */
  resume(): void
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

const ATTEMPTS = 20

/** What still runs, and is to end with this process. */
const leftovers = new Set<() => void>()
const endLeftovers = () => {
  for (const end of leftovers) end()
}

/** Starts this binary on loopback, on a free port, in a folder of its own; nothing is persisted unless `args` say so. */
export async function startRedisServer(binary: string, args: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-redis-'))
  const launch = (port: number) => launchRedisServer(binary, [...settings(port, folder), ...args])
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const { port, child: first } = await launchOnFreePort(launch).catch(error => {
    removeFolder()
    throw error
  })
  let child = first
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    child.kill('SIGCONT')
    await gone
  }
  const leftover = () => {
    child.kill('SIGKILL')
    removeFolder()
  }
  if (!process.listeners('exit').includes(endLeftovers)) process.on('exit', endLeftovers)
  leftovers.add(leftover)

  return {
    url: `redis://127.0.0.1:${port}`,
    kind: 'redis-server',
    get pid() {
      return child.pid ?? 0
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM')
      child = await launchAgain(() => launch(port))
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async close() {
      await end('SIGKILL')
      leftovers.delete(leftover)
      removeFolder()
    },
  }
}

function settings(port: number, folder: string): string[] {
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
  return [...place, '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction']
}

async function launchOnFreePort(
  launch: (port: number) => Promise<RedisProcess>,
): Promise<{ port: number; child: RedisProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    try {
      return { port, child: await launch(port) }
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === ATTEMPTS) throw error
    }
  }
}

/** While it was away another process may have taken the port, as the local end of a connection of its own. */
async function launchAgain(launch: () => Promise<RedisProcess>): Promise<RedisProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch()
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === ATTEMPTS) throw error
      await pause(200)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('No free TCP port')
  return address.port
}
