import { randomUUID } from 'node:crypto'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { runScript, script } from '../redis/run-script.ts'
import type { WorkerRecord } from './worker-record.ts'

const EVERY_MS = 3_000

/** A worker counts as dead after this time without a beat. Two beats may be lost. */
const LIVES_MS = 10_000

/**
 * Also removes the ids of dead workers, whose records have expired by then, and looks for open rings that are over: a command of
 * its own for that would cost every idle worker more than the rest of the beat.
 *
 * KEYS worker, workers, open rings
 * ARGV worker id, record (JSON), how long it lives (ms)
 * Returns how many open rings are over.
 */
const BEAT = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3])
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return redis.call('ZCOUNT', KEYS[3], '-inf', now)
`)

/**
 * Writes every 3 s that this worker is alive and which queues it consumes, in one command. `readWorkers` lists the workers
 * that are. After 10 s without a beat, nothing of it is left in Redis.
 *
 * @param redis from connectPatient. A beat that waits for Redis delays the next one, so that they do not pile up
 * @param describe returns what is written, at each beat
 * @param options.onOpenRings called when there are open rings that are over
 * @param options.everyMs for tests, as `livesMs`. Defaults: 3 s and 10 s
 * @returns what ends it. `close` removes the worker from the list; it waits while Redis is away
 */
export function startHeartbeat(
  redis: RedisClient,
  keys: Keys,
  describe: () => WorkerRecord,
  {
    onOpenRings = () => {},
    everyMs = EVERY_MS,
    livesMs = LIVES_MS,
  }: { onOpenRings?: (() => void) | undefined; everyMs?: number; livesMs?: number } = {},
): { id: string; close(): Promise<void> } {
  const id = randomUUID()
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  const beat = async () => {
    // The next beat makes up for one that failed. Readers of the list see that it is missing.
    const over = await runScript(
      redis,
      BEAT,
      [keys.worker(id), keys.workers(), keys.openRings()],
      [id, JSON.stringify(describe()), livesMs],
    ).catch(() => 0)
    if (isClosed) return
    if (Number(over) > 0) onOpenRings()
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
