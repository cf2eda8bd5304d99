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
  /** Has been read once. */
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
const CONNECT_LIMIT_MS = 2_500

export function createRedisAccess(
  { target, prefix }: { target: RedisTarget; prefix: string },
  ownClock: () => number,
): RedisAccess {
  let opening: Promise<OpenRedis | string> | undefined
  let end = () => {}

  async function open(): Promise<OpenRedis | string> {
    const client = connectFailFast(target, COMMAND_LIMIT_MS)
    end = () => client.disconnect()
    if (!(await waitUntilReady(client, CONNECT_LIMIT_MS)))
      return (await findTrouble(target).catch(() => undefined)) ?? 'it does not answer in time'
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
