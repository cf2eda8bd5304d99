import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { launchRedisServer, PortTakenError, type RedisProcess } from './launch-redis-server.ts'

/** A redis-server process (a Redis, a Cluster node or a sentinel) that can be killed, frozen and restarted. */
export interface OwnServer {
  readonly port: number
  readonly pid: number
  /** Sends SIGKILL; resolves when the process has exited. */
  kill(): Promise<void>
  /** Stops it if it is running, and starts it again with the same port and folder; resolves when it is ready. */
  restart(): Promise<void>
  /** Sends SIGSTOP: connections stay open, but nothing is answered. */
  pause(): void
  /** Sends SIGCONT: it reads and answers what was sent meanwhile. */
  resume(): void
  /** Kills it and removes its folder. */
  close(): Promise<void>
}

export interface OwnServerOptions {
  binary: string
  /** Returns the arguments for this port and this new folder. */
  args: (port: number, folder: string) => readonly string[]
  /** The text that it logs when it is ready. */
  readyWords?: string
  /** Default: any free port. */
  choosePort?: () => Promise<number>
  /** Where its folder is made. Default: the system's folder for temporary files. */
  within?: string | undefined
}

const ATTEMPTS = 20

/** Ends the servers that still run when this process exits. */
const exitHandlers = new Set<() => void>()
const runExitHandlers = () => {
  for (const handle of exitHandlers) handle()
}

/** Starts a server on a free port, in a new folder that is removed when the server is closed. */
export async function startOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  const { binary, args, readyWords, choosePort = freePort, within = tmpdir() } = options
  const folder = mkdtempSync(join(within, 'ringer-redis-'))
  const launch = (port: number) => launchRedisServer(binary, args(port, folder), readyWords)
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const { port, child: first } = await launchOnFreePort(choosePort, launch).catch(error => {
    removeFolder()
    throw error
  })
  let child = first
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    // A stopped process handles SIGTERM only after it continues.
    child.kill('SIGCONT')
    await exited
  }
  const killAtExit = () => {
    child.kill('SIGKILL')
    removeFolder()
  }
  if (!process.listeners('exit').includes(runExitHandlers)) process.on('exit', runExitHandlers)
  exitHandlers.add(killAtExit)

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
      exitHandlers.delete(killAtExit)
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

/** Retries, because another process may have taken the port meanwhile, as the local port of one of its connections. */
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

/** Closes these servers: all of a set, or those that had started when another one failed. */
export async function closeAll(servers: Iterable<{ close(): Promise<void> }>): Promise<void> {
  await Promise.all(Array.from(servers, server => server.close()))
}
