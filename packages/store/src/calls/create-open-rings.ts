import { z } from 'zod'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { json } from '../redis/record-reader.ts'
import { runScript } from '../redis/run-script.ts'
import { TAKE_OPEN } from './scripts/open-rings.ts'

/** How long a worker that took a ring has to settle its phones, and how long to wait for a push that is under way. */
const LEASE_MS = 10_000

const storedOpenRing = json.pipe(z.tuple([z.string(), z.string()]))

/** A ring of which a phone waited or had failed for now. `member` is its name in the set. */
export interface OpenRing {
  appId: string
  ringId: string
  member: string
}

/** The rings that somebody has to look at when they are over, because nobody may take their pushes. */
export interface OpenRings {
  /**
   * Takes some rings that are over. They are due again after 10 s, unless they are removed.
   *
   * @param now epoch ms
   */
  take(now: number, limit: number): Promise<OpenRing[]>
  remove(ring: OpenRing): Promise<void>
}

export function createOpenRings(redis: RedisClient, keys: Keys): OpenRings {
  return {
    async take(now, limit) {
      const members = await runScript(redis, TAKE_OPEN, [keys.openRings()], [now, now + LEASE_MS, limit])
      return (members as string[]).map(member => {
        const [appId = '', ringId = ''] = storedOpenRing.safeParse(member).data ?? []
        return { appId, ringId, member }
      })
    },
    async remove({ member }) {
      await redis.zrem(keys.openRings(), member)
    },
  }
}
