import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { launchRedisServer, PortTakenError, type RedisProcess } from './launch-redis-server.ts'

/** A process of redis-server's: a Redis, a node of a Cluster or a sentinel, which may be killed, frozen and restarted. */
export interface OwnServer {
  readonly port: number
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

export interface OwnServerOptions {
  binary: string
  /** How it is to be run at this port, in this folder of its own. */
  args: (port: number, folder: string) => readonly string[]
  /** What it prints when it can be used. */
  readyWords?: string
  /** Chooses a port; any free one unless told. */
  choosePort?: () => Promise<number>
}

const ATTEMPTS = 20

/** What still runs, and is to end with this process. */
const leftovers = new Set<() => void>()
const endLeftovers = () => {
  for (const end of leftovers) end()
}

/** Starts a server on a free port, in a folder of its own that goes with it. */
export async function startOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  const { binary, args, readyWords, choosePort = freePort } = options
  const folder = mkdtempSync(join(tmpdir(), 'ringer-redis-'))
  const launch = (port: number) => launchRedisServer(binary, args(port, folder), readyWords)
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const { port, child: first } = await launchOnFreePort(choosePort, launch).catch(error => {
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
    port,
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

async function launchOnFreePort(
  choosePort: () => Promise<number>,
  launch: (port: number) => Promise<RedisProcess>,
): Promise<{ port: number; child: RedisProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort()
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
