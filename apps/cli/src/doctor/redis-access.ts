import {
  connectFailFast,
  createRedisClock,
  findTrouble,
  type RedisClient,
  type RedisClock,
  type RedisTarget,
  waitUntilReady,
} from '@ringer/store'

/** A Redis that answers, and its clock. */
export interface OpenRedis {
  client: RedisClient
  /** Has been read at least once. */
  clock: RedisClock
}

/** Redis, as the settings describe it. */
export interface RedisAccess {
  target: RedisTarget
  prefix: string
  /** Connects once, for all checks. Resolves with what is wrong, in one line, if that fails. Never rejects. */
  open(): Promise<OpenRedis | string>
  close(): void
}

const COMMAND_LIMIT_MS = 1_500
const CONNECT_LIMIT_MS = 2_000
/** How much longer to wait for a Redis that answers another connection. */
const MORE_MS = 1_500

export function createRedisAccess(
  { target, prefix }: { target: RedisTarget; prefix: string },
  ownClock: () => number,
): RedisAccess {
  let opening: Promise<OpenRedis | string> | undefined
  let end = () => {}

  async function open(): Promise<OpenRedis | string> {
    const client = connectFailFast(target, COMMAND_LIMIT_MS)
    end = () => client.disconnect()
    if (!(await waitUntilReady(client, CONNECT_LIMIT_MS))) {
      const trouble = await findTrouble(target).catch(() => undefined)
      if (trouble) return trouble
      if (!(await waitUntilReady(client, MORE_MS))) return 'it does not answer in time'
    }
    const clock = createRedisClock(client, prefix, { ownClock })
    end = () => {
      clock.close()
      client.disconnect()
    }
    return { client, clock }
  }

  return {
    ...{ target, prefix },
    open() {
      opening ??= open()
      return opening
    },
    close: () => end(),
  }
}
