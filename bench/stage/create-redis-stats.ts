import { Redis } from 'ioredis'
import { readUse } from './process-use.ts'

/** What a Redis has done and holds. */
export interface RedisStats {
  cpuMs(): number
  /** Bytes that its data and buffers take, without the allocator's own. */
  memoryBytes(): Promise<number>
  keys(): Promise<number>
  close(): void
}

/** Asks a Redis over a connection of its own. */
export function createRedisStats(url: string, pid: number): RedisStats {
  const redis = new Redis(url)
  redis.on('error', () => {})
  return {
    cpuMs: () => readUse(pid).cpuMs,
    async memoryBytes() {
      const used = /^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]
      return Number(used)
    },
    keys: () => redis.dbsize(),
    close: () => redis.disconnect(),
  }
}
