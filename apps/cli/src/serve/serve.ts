import { createIngressRoom } from '@ringer/ingress'
import { ConfigError, createProcessMetrics, type Room, runMain, runRoom, startTracing } from '@ringer/service'
import { createWorkerRoom } from '@ringer/worker'
import { readArgs } from '../usage-error.ts'
import { joinRooms } from './join-rooms.ts'

export const serveUsage = `ringer serve: the ingress and a worker in one process

  npm run ringer -- serve

For small teams, and for platforms that run one process and say where it listens (PORT). It reads the settings of both from the
environment and has one admin port, 3001 unless ADMIN_PORT is set. docs/platforms.md says what to set on which platform.

It ends on SIGTERM, within 15 s. Run two or more, as you would run two ingresses and two workers.`

/** Runs the ingress and a worker until a signal ends the process. */
export async function serve(args: string[]): Promise<number> {
  readArgs({ args, options: {} })
  await runMain(async () => {
    const metrics = createProcessMetrics('serve')
    const tracing = await startTracing('serve', process.env)
    const [ingress, worker] = createBoth(
      () => createIngressRoom(process.env, metrics, tracing),
      () => createWorkerRoom(process.env, metrics, tracing),
    )
    await runRoom(joinRooms(ingress, worker), tracing)
  })
  return new Promise(() => {})
}

/** Creates both rooms. If the settings of both are wrong, the error lists the faults of both. */
function createBoth(...creators: [() => Room, () => Room]): [Room, Room] {
  const faults = new Set<string>()
  const attempt = (create: () => Room) => {
    try {
      return create()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      for (const fault of error.faults) faults.add(fault)
      return undefined
    }
  }
  const [ingress, worker] = [attempt(creators[0]), attempt(creators[1])]
  if (ingress === undefined || worker === undefined) throw new ConfigError([...faults].sort())
  return [ingress, worker]
}
