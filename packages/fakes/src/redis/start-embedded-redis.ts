import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createRedisCommandExecutor, RedisServerState, Resp2Server } from 'js-redis-server/core'

/** A Redis in this process: in memory and slow, but good enough for a demo. */
export interface EmbeddedRedis {
  url: string
  kind: 'embedded'
  close(): Promise<void>
}

/**
 * Starts js-redis-server from its parts, to avoid four problems of its own entry point (0.3.0): it listens on every
 * interface, copies the whole value at each write, delays small answers by 40 ms, and waits for its clients on close.
 */
export async function startEmbeddedRedis(): Promise<EmbeddedRedis> {
  const state = new RedisServerState({ databaseCount: 16 })
  for (const { mutations } of state.databases) dropListeners(mutations)
  const redis = new Resp2Server({ server: state, executor: createRedisCommandExecutor() })
  const { server } = redis
  const open = new Set<Socket>()
  server.on('connection', socket => {
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
    open.add(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  let closing: Promise<void> | null = null
  return {
    url: `redis://127.0.0.1:${redis.getPort()}`,
    kind: 'embedded',
    close() {
      closing ??= redis.close()
      for (const socket of [...open]) socket.destroy()
      return closing
    },
  }
}

/**
 * Removes the listeners for keyspace notifications, for which every write copies the whole value, even while they are
 * off. With BullMQ's event streams that costs speed: 35 jobs a second instead of 1,000. The field is private; if it is
 * renamed, this does nothing and the server is slow again.
 */
function dropListeners(mutations: object): void {
  const listeners: unknown = Reflect.get(mutations, 'globalListeners')
  if (listeners instanceof Set) listeners.clear()
}
