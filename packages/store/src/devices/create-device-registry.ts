import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import {
  type Device,
  type DeviceKind,
  device,
  deviceIdOf,
  type Environment,
  type Platform,
  type Registration,
} from './device.ts'
import { CORRECT_ENVIRONMENT, FORGET, FORGET_ALL, REGISTER, TOUCH, TRIM } from './scripts.ts'

/** More phones than anybody carries; beyond it the least recently seen goes. */
export const DEVICES_PER_USER = 20

const DAY_MS = 86_400_000

/**
 * A token that was neither registered nor pushed to for so long belongs to nobody any more. It is Google's own limit:
 * https://firebase.google.com/docs/cloud-messaging/manage-tokens ("when stale tokens reach 270 days of inactivity, FCM
 * considers them expired"); Apple has none, and leaves it to whoever keeps the tokens.
 */
export const STALE_MS = 270 * DAY_MS

/** A user of an app. */
export interface Owner {
  appId: string
  uid: string
}

/** Which of a user's devices: all that fit everything that is said; nothing said is all of them. */
export interface DeviceSelector {
  /** The id that registration answered, or the app's own name for the phone, which then may have several tokens. */
  device?: string | undefined
  platform?: Platform | undefined
  /** Exactly this kind: `voip` does not mean an Android token that is there for both. */
  kind?: DeviceKind | undefined
}

/** Which tokens ring whom. A token has one owner and moves with the login; one that nobody uses is swept by Redis. */
export interface DeviceRegistry {
  /**
   * Stores a token, or refreshes it, and takes it away from its former owner.
   * @param now epoch ms; becomes `registeredAt` and `seenAt`
   */
  register(registration: Registration, now: number): Promise<{ deviceId: string; moved: boolean }>
  /** Forgets a token of this user. Returns false if the user has no such token. */
  unregister(owner: Owner, token: string): Promise<boolean>
  /** Forgets several devices of this user at once. Returns how many there were. */
  unregisterAll(owner: Owner, selector: DeviceSelector): Promise<number>
  /** All devices of a user, the most recently seen first. */
  list(appId: string, uid: string): Promise<Device[]>
  get(deviceId: string): Promise<Device | undefined>
  /**
   * Notes that a provider took a push to this device, so that it is not swept; at most once a day, or nothing is
   * written. Returns false then, and if the token was unregistered or has moved since.
   * @param known as it was read, just now
   * @param now epoch ms; becomes `seenAt`
   */
  touch(known: Device, now: number): Promise<boolean>
  /**
   * Forgets a device that a provider reported dead, unless its token was registered again since.
   * @param reportedAt since when the provider knows the token to be dead, epoch ms
   */
  forget(dead: Device, reportedAt: number): Promise<boolean>
  /**
   * Writes where Apple took the token of a device that was registered without an environment, unless it was registered
   * again since.
   */
  correctEnvironment(known: Device, environment: Environment): Promise<boolean>
}

/** @param staleMs after how long a device that was not seen is swept; 270 days unless told */
export function createDeviceRegistry(
  redis: RedisClient,
  keys: Keys,
  { staleMs = STALE_MS }: { staleMs?: number } = {},
): DeviceRegistry {
  const read = async (id: string): Promise<Device | undefined> => {
    const hash = await redis.hgetall(keys.device(id))
    return hash.uid === undefined ? undefined : device.parse({ ...hash, id })
  }

  const forget = async (appId: string, id: string, token: string, uid: string, before: number | '') => {
    const userPrefix = keys.user(appId, '')
    return (await redis.eval(FORGET, 1, keys.device(id), userPrefix, id, token, uid, before)) === 1
  }

  return {
    async register(registration, now) {
      const { appId, uid, token } = registration
      const id = deviceIdOf(appId, token)
      const fields = Object.entries({ ...registration, registeredAt: now, seenAt: now }).filter(
        ([, value]) => value !== undefined,
      )
      const moved = await redis.eval(
        REGISTER,
        2,
        keys.device(id),
        keys.user(appId, uid),
        keys.device(''),
        keys.user(appId, ''),
        uid,
        id,
        now,
        DEVICES_PER_USER,
        staleMs,
        ...fields.flatMap(([name, value]) => [name, String(value)]),
      )
      return { deviceId: id, moved: moved === 1 }
    },
    unregister: ({ appId, uid }, token) => forget(appId, deviceIdOf(appId, token), token, uid, ''),
    async unregisterAll({ appId, uid }, { device: name = '', platform = '', kind = '' }) {
      const user = keys.user(appId, uid)
      return Number(await redis.eval(FORGET_ALL, 1, user, keys.device(''), uid, name, platform, kind))
    },
    async list(appId, uid) {
      const user = keys.user(appId, uid)
      const ids = await redis.zrange(user, '+inf', '-inf', 'BYSCORE', 'REV')
      const stored = await Promise.all(ids.map(read))
      const own = stored.filter(found => found !== undefined).filter(found => found.uid === uid)
      const gone = ids.filter(id => !own.some(found => found.id === id))
      if (gone.length > 0) await redis.eval(TRIM, 1, user, keys.device(''), uid, ...gone)
      return own
    },
    get: read,
    async touch({ id, appId, uid, token, seenAt }, now) {
      // Nearly every push ends here, without a word to Redis.
      if (now - seenAt < DAY_MS) return false
      const user = keys.user(appId, uid)
      return (await redis.eval(TOUCH, 2, keys.device(id), user, token, uid, id, now, DAY_MS, staleMs)) === 1
    },
    async correctEnvironment({ id, token, registeredAt }, environment) {
      const key = keys.device(id)
      return (await redis.eval(CORRECT_ENVIRONMENT, 1, key, token, registeredAt, environment)) === 1
    },
    forget: (dead, reportedAt) => forget(dead.appId, dead.id, dead.token, dead.uid, reportedAt),
  }
}
