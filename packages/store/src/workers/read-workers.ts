import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { json } from '../redis/record-reader.ts'
import { runScript, script } from '../redis/run-script.ts'
import { type LivingWorker, workerRecord } from './worker-record.ts'

/**
 * A worker is alive for as long as its record lives. The list of ids may also have some that died since the last beat of another.
 *
 * KEYS workers
 * ARGV worker key prefix
 * Returns { id, time of the last beat (ms), record (JSON) } of each living worker.
 */
const READ_WORKERS = script(`
local workers = {}
local ids = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #ids, 2 do
  local record = redis.call('GET', ARGV[1] .. ids[i])
  if record then table.insert(workers, { ids[i], ids[i + 1], record }) end
end
return workers
`)

const storedWorker = json.pipe(workerRecord)

/**
 * Lists the workers that are alive, the oldest first: those that take jobs and beat within the last 10 s. Sends one command.
 * Leaves out records that cannot be read.
 */
export async function readWorkers(redis: RedisClient, keys: Keys): Promise<LivingWorker[]> {
  const rows = (await runScript(redis, READ_WORKERS, [keys.workers()], [keys.worker('')])) as [
    id: string,
    seenAt: string,
    record: string,
  ][]
  return rows
    .flatMap(([id, seenAt, record]) => {
      const { data } = storedWorker.safeParse(record)
      return data ? [{ id, ...data, seenAt: Number(seenAt) }] : []
    })
    .sort((one, other) => one.startedAt - other.startedAt)
}
