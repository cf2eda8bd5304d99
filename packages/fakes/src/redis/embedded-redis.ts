import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createRedisCommandExecutor, RedisServerState, Resp2Server } from 'js-redis-server/core'

/** A Redis in this process: in memory, slow, good enough for a demo. */
export interface EmbeddedRedis {
  url: string
  kind: 'embedded'
  close(): Promise<void>
}

/**
 * Starts js-redis-server by its parts, without the traps of its own entry point (0.3.0): that one listens on every
 * interface, copies a whole value at each write, delays small answers by 40 ms, and waits for its clients at close.
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
 * Every write is copied, with the whole value, for keyspace notifications, even while those are off. With BullMQ's event
 * streams that makes 35 jobs a second of 1,000. The listeners are private: should they be renamed, it is slow again.
 */
function dropListeners(mutations: object): void {
  const listeners: unknown = Reflect.get(mutations, 'globalListeners')
  if (listeners instanceof Set) listeners.clear()
}
