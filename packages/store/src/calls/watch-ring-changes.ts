import type { Redis } from 'ioredis'
import { connectSubscriber } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import type { RedisTarget } from '../redis/target.ts'

export interface RingChangeListener {
  /** A ring was answered, or has ended. Its id. */
  onChange(ringId: string): void
  /** Changes are reported from now on. Earlier ones may have been missed, so read the rings that you follow again. */
  onListening(): void
}

/** How long to wait before Redis is tried again. */
const PAUSE_MS = 200

/**
 * How often the connection is tested. While no call ends, nothing arrives, so without a test a frozen Redis, or a network that
 * drops packets, would not be noticed.
 */
const PING_MS = 1_000

/**
 * Reports every ring that is answered or ends, whichever process writes it. Uses one subscription on one connection, which is
 * opened again until it succeeds. A message may be lost with a connection, so `onListening` is called at every new one, after
 * Redis has confirmed the subscription.
 */
export function watchRingChanges(
  target: RedisTarget,
  keys: Keys,
  { onChange, onListening }: RingChangeListener,
): { close(): void } {
  const channel = keys.ringChanges()
  let isClosed = false
  let turn = 0
  let current: Redis
  let pause: NodeJS.Timeout | undefined

  function open() {
    const redis = connectSubscriber(target, turn)
    current = redis
    turn += 1
    redis.on('message', (_channel, ringId) => onChange(ringId))
    redis.on('ready', () => {
      redis.subscribe(channel).then(
        () => current === redis && !isClosed && onListening(),
        () => redis.disconnect(),
      )
    })
    redis.once('end', () => {
      if (!isClosed) pause = setTimeout(open, PAUSE_MS).unref()
    })
  }

  const ping = setInterval(() => {
    // The connection is cut if the answer does not come.
    if (current.status === 'ready') current.ping().catch(() => {})
  }, PING_MS).unref()
  open()
  return {
    close() {
      isClosed = true
      clearInterval(ping)
      clearTimeout(pause)
      current.disconnect()
    },
  }
}
