import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { createRecordReader, isAbsent, readHash, type UnreadableRecord } from '../redis/record-reader.ts'
import { runScript } from '../redis/run-script.ts'
import {
  type Device,
  type DeviceKind,
  type DeviceRegistration,
  deviceIdOf,
  type Environment,
  type Platform,
  readDevice,
} from './device.ts'
import {
  CORRECT_ENVIRONMENT,
  COUNT_REFUSAL,
  FORGET,
  FORGET_MATCHING,
  MARK_PROVEN,
  MARK_SEEN,
  PRUNE_USER,
  REGISTER,
  SET_DEVICE_ASIDE,
} from './scripts.ts'

/** More phones than anybody carries. Above this limit the least recently seen device is removed. */
export const DEVICES_PER_USER = 20

/** A device is set aside after this many pushes in a row that its provider could not deliver to its token. */
export const REFUSALS_UNTIL_SET_ASIDE = 5

const DAY_MS = 86_400_000

/** As many tokens as a user may have: an iPhone has two. */
export const MOVES_PER_DAY = 2 * DEVICES_PER_USER

/**
 * How long a token is kept after it was last registered or pushed to. This is Google's limit:
 * https://firebase.google.com/docs/cloud-messaging/manage-tokens ("when stale tokens reach 270 days of inactivity, FCM
 * considers them expired"). Apple has no limit and leaves the decision to the server that keeps the tokens.
 */
export const STALE_MS = 270 * DAY_MS

/** A user of a tenant. */
export interface DeviceOwner {
  appId: string
  uid: string
}

/** Whether a token that belongs to another user may be registered: always, or only with the same `deviceId`. */
export type MovePolicy = 'allowed' | 'same-device'

/** What became of a registration. */
export interface Registered {
  deviceId: string
  /** Whether the token was taken from another user. */
  moved: boolean
  /** If the token belongs to another user, or did: their own name for the phone, if they gave one. */
  formerDeviceId?: string
  /** Set if the token belongs to another user and may not be taken from them. Nothing was stored. */
  refused?: 'other-device' | 'too-many-moves'
  /** When the user may take a token again after too many moves, ms from now. */
  retryAfterMs?: number
}

/** Selects those of a user's devices that match every field. An empty selector matches all. */
export interface DeviceSelector {
  /** The id that registration returned, or the app's own name for the phone, which may stand for several tokens. */
  device?: string | undefined
  platform?: Platform | undefined
  /** Matches this kind only: `voip` does not match an Android token of kind `both`. */
  kind?: DeviceKind | undefined
}

/**
 * Tells which tokens ring which user. A token has one owner and moves with the login. A device has one token of a kind: the
 * newer replaces the older. Redis expires unused tokens.
 */
export interface DeviceRegistry {
  /**
   * Stores a token, or refreshes it, and takes it away from its former owner. A user may take 40 tokens a day. With a
   * `deviceId` it replaces the token for the same pushes that the user has under this `deviceId`, and with `replaces` those of the
   * user that begin with it.
   * @param now epoch ms; becomes `registeredAt` and `seenAt`
   * @param move default: `allowed`
   */
  register(registration: DeviceRegistration, now: number, move?: MovePolicy): Promise<Registered>
  /** Removes a token of this user. Returns false if the user has no such token. */
  unregister(owner: DeviceOwner, token: string): Promise<boolean>
  /** Removes all devices of this user that match. Returns how many were removed. */
  unregisterAll(owner: DeviceOwner, selector: DeviceSelector): Promise<number>
  /** Lists all devices of a user, the most recently seen first. Leaves out records that cannot be read. */
  list(appId: string, uid: string): Promise<Device[]>
  /** Returns undefined if there is no such device, or if its record cannot be read. */
  get(deviceId: string): Promise<Device | undefined>
  /**
   * Marks a device as seen because a provider accepted a push to it, so that it does not expire. Writes at most once a day.
   * Returns false if nothing was written: the device was seen within a day, or its token was unregistered or moved since.
   * @param known the device as it was just read
   * @param now epoch ms; becomes `seenAt`
   */
  markSeen(known: Device, now: number): Promise<boolean>
  /**
   * Removes a device whose token a provider reported as dead, unless the token was registered again since.
   * @param reportedAt since when the token has been dead according to the provider, epoch ms
   */
  forget(dead: Device, reportedAt: number): Promise<boolean>
  /**
   * Writes in which environment Apple accepted the token of a device that was registered without one, unless the device
   * was registered again since.
   */
  correctEnvironment(known: Device, environment: Environment): Promise<boolean>
  /** Counts that the provider cannot deliver to the device's token. Returns how often in a row that was so. */
  countRefusal(known: Device): Promise<number>
  /**
   * Sets a device aside: it stays registered, but nothing is pushed to it until it is registered again. Returns false if there
   * were too few refusals in a row, or it already is set aside.
   */
  setAside(known: Device, reason: string, now: number): Promise<boolean>
  /**
   * Notes that a provider accepted a push to the device's token, and forgets its refusals. Sends a command only if that was
   * not known, or if there were some.
   * @param now epoch ms
   */
  markProven(known: Device, now: number): Promise<void>
}

export interface DeviceRegistryOptions {
  /** How long a device is kept after it was last seen, ms. Default: 270 days. */
  staleMs?: number
  /** Called for each record that is skipped because it cannot be read. */
  onUnreadable?: (record: UnreadableRecord) => void
}

export function createDeviceRegistry(
  redis: RedisClient,
  keys: Keys,
  { staleMs = STALE_MS, onUnreadable = () => {} }: DeviceRegistryOptions = {},
): DeviceRegistry {
  const readRecord = createRecordReader(onUnreadable)

  const read = async (id: string): Promise<Device | undefined> => {
    const hash = await readHash(redis, keys.device(id))
    if (isAbsent(hash)) return undefined
    return readDevice(readRecord, id, hash)
  }

  const forget = async (appId: string, id: string, token: string, uid: string, before: number | '') => {
    const userPrefix = keys.user(appId, '')
    return (await runScript(redis, FORGET, [keys.device(id)], [userPrefix, id, token, uid, before])) === 1
  }

  return {
    async register({ replaces = '', ...registration }, now, move = 'allowed') {
      const { appId, uid, token } = registration
      const id = deviceIdOf(appId, token)
      const fields = Object.entries({ ...registration, registeredAt: now, seenAt: now }).filter(
        ([, value]) => value !== undefined,
      )
      const answer = await runScript(
        redis,
        REGISTER,
        [keys.device(id), keys.user(appId, uid), keys.moves(appId, uid)],
        [
          ...[keys.device(''), keys.user(appId, ''), uid, id, now, DEVICES_PER_USER, staleMs],
          ...[MOVES_PER_DAY, DAY_MS, move === 'same-device' ? '1' : '', replaces],
          ...fields.flatMap(([name, value]) => [name, String(value)]),
        ],
      )
      return { deviceId: id, ...parseRegistered(answer as RegisterAnswer) }
    },
    unregister: ({ appId, uid }, token) => forget(appId, deviceIdOf(appId, token), token, uid, ''),
    async unregisterAll({ appId, uid }, { device: name = '', platform = '', kind = '' }) {
      const user = keys.user(appId, uid)
      return Number(
        await runScript(redis, FORGET_MATCHING, [user], [keys.device(''), uid, name, platform, kind]),
      )
    },
    async list(appId, uid) {
      const user = keys.user(appId, uid)
      const ids = await redis.zrange(user, '+inf', '-inf', 'BYSCORE', 'REV')
      const stored = await Promise.all(ids.map(read))
      const own = stored.filter(found => found !== undefined).filter(found => found.uid === uid)
      const gone = ids.filter(id => !own.some(found => found.id === id))
      if (gone.length > 0) await runScript(redis, PRUNE_USER, [user], [keys.device(''), uid, ...gone])
      return own
    },
    get: read,
    async markSeen({ id, appId, uid, token, seenAt }, now) {
      // Nearly every push ends here, without a command to Redis.
      if (now - seenAt < DAY_MS) return false
      const user = keys.user(appId, uid)
      const keysOf = [keys.device(id), user]
      return (await runScript(redis, MARK_SEEN, keysOf, [token, uid, id, now, DAY_MS, staleMs])) === 1
    },
    async correctEnvironment({ id, token, registeredAt }, environment) {
      const key = keys.device(id)
      return (await runScript(redis, CORRECT_ENVIRONMENT, [key], [token, registeredAt, environment])) === 1
    },
    countRefusal: async ({ id, token, registeredAt }) =>
      Number(await runScript(redis, COUNT_REFUSAL, [keys.device(id)], [token, registeredAt])),
    async setAside({ id, token, registeredAt }, reason, now) {
      const args = [token, registeredAt, REFUSALS_UNTIL_SET_ASIDE, now, reason]
      return (await runScript(redis, SET_DEVICE_ASIDE, [keys.device(id)], args)) === 1
    },
    async markProven({ id, token, provenAt, refusals }, now) {
      if (provenAt === undefined || refusals)
        await runScript(redis, MARK_PROVEN, [keys.device(id)], [token, now])
    },
    forget: (dead, reportedAt) => forget(dead.appId, dead.id, dead.token, dead.uid, reportedAt),
  }
}

/** What REGISTER returns. */
type RegisterAnswer =
  | ['stored']
  | ['moved' | 'other-device' | 'too-many-moves', formerDeviceId: string, retryAfterMs: number]

function parseRegistered([what, formerDeviceId, retryAfterMs]: RegisterAnswer): Omit<Registered, 'deviceId'> {
  return {
    moved: what === 'moved',
    ...(formerDeviceId && { formerDeviceId }),
    ...((what === 'other-device' || what === 'too-many-moves') && { refused: what }),
    ...(retryAfterMs && { retryAfterMs }),
  }
}
