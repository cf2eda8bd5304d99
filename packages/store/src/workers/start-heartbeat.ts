import { randomUUID } from 'node:crypto'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { runScript, script } from '../redis/run-script.ts'
import type { WorkerRecord } from './worker-record.ts'

const EVERY_MS = 3_000

/** A worker counts as dead after this time without a beat. Two beats may be lost. */
const LIVES_MS = 10_000

/**
 * Also removes the ids of dead workers. Their records have expired by then.
 *
 * KEYS worker, workers
 * ARGV worker id, record (JSON), how long it lives (ms)
 */
const BEAT = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3])
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
`)

/**
 * Writes every 3 s that this worker is alive and which queues it consumes, in one command. `readWorkers` lists the workers
 * that are. After 10 s without a beat, nothing of it is left in Redis.
 *
 * @param redis from connectPatient. A beat that waits for Redis delays the next one, so that they do not pile up
 * @param describe returns what is written, at each beat
 * @param options for tests. Defaults: 3 s and 10 s
 * @returns what ends it. `close` removes the worker from the list; it waits while Redis is away
 */
export function startHeartbeat(
  redis: RedisClient,
  keys: Keys,
  describe: () => WorkerRecord,
  { everyMs = EVERY_MS, livesMs = LIVES_MS }: { everyMs?: number; livesMs?: number } = {},
): { id: string; close(): Promise<void> } {
  const id = randomUUID()
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  const beat = async () => {
    // A beat that fails is made up for by the next one. Whoever reads the list sees that it is missing.
    await runScript(
      redis,
      BEAT,
      [keys.worker(id), keys.workers()],
      [id, JSON.stringify(describe()), livesMs],
    ).catch(() => {})
    if (isClosed) return
    timer = setTimeout(() => {
      beating = beat()
    }, everyMs).unref()
  }
  let beating = beat()

  return {
    id,
    async close() {
      isClosed = true
      clearTimeout(timer)
      // Otherwise a beat that is under way could arrive after the removal.
      await beating
      await redis.multi().del(keys.worker(id)).zrem(keys.workers(), id).exec()
    },
  }
}
