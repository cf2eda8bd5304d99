import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { type Device, device, deviceIdOf, type Environment, type Registration } from './device.ts'
import { CORRECT_ENVIRONMENT, FORGET, REGISTER } from './scripts.ts'

/** More phones than anybody carries; beyond it the least recently seen goes. */
export const DEVICES_PER_USER = 20

/** Which tokens ring whom. A token has one owner and moves with the login. */
export interface DeviceRegistry {
  /**
   * Stores a token, or refreshes it, and takes it away from its former owner.
   * @param now epoch ms; becomes `registeredAt`
   */
  register(registration: Registration, now: number): Promise<{ deviceId: string; moved: boolean }>
  /** Forgets a token of this user. Returns false if the user has no such token. */
  unregister(owner: { appId: string; uid: string }, token: string): Promise<boolean>
  /** All devices of a user, the most recently seen first. */
  list(appId: string, uid: string): Promise<Device[]>
  get(deviceId: string): Promise<Device | undefined>
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

export function createDeviceRegistry(redis: RedisClient, keys: Keys): DeviceRegistry {
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
      const fields = Object.entries({ ...registration, registeredAt: now }).filter(
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
        ...fields.flatMap(([name, value]) => [name, String(value)]),
      )
      return { deviceId: id, moved: moved === 1 }
    },
    unregister: ({ appId, uid }, token) => forget(appId, deviceIdOf(appId, token), token, uid, ''),
    async list(appId, uid) {
      const ids = await redis.zrange(keys.user(appId, uid), '+inf', '-inf', 'BYSCORE', 'REV')
      const devices = await Promise.all(ids.map(read))
      return devices.filter(found => found !== undefined).filter(found => found.uid === uid)
    },
    get: read,
    async correctEnvironment({ id, token, registeredAt }, environment) {
      const key = keys.device(id)
      return (await redis.eval(CORRECT_ENVIRONMENT, 1, key, token, registeredAt, environment)) === 1
    },
    forget: (dead, reportedAt) => forget(dead.appId, dead.id, dead.token, dead.uid, reportedAt),
  }
}
