import { createHash } from 'node:crypto'
import type { Device, DeviceRegistration, DeviceRegistry, MovePolicy, Registered } from '@ringer/store'
import type { FastifyBaseLogger } from 'fastify'
import type { Owner } from './read-request.ts'
import { type RequestRefusal, tokenOfAnotherUser, tooManyMoves } from './refusal.ts'

type ToRegister = Omit<DeviceRegistration, keyof Owner>

/**
 * Registers the phones of a user. A token that is taken from another user, or would be, is a security event: a registration
 * proves who the user is, but not that the phone is in their hands. It is logged without a user or a token.
 *
 * @returns the ids, and whether a token was taken from another user, or why one of them may not be. The others are stored then
 * all the same
 */
export async function registerDevices(
  {
    devices,
    move,
    login,
    now,
  }: {
    devices: DeviceRegistry
    move: MovePolicy | undefined
    /** A hash of the auth token of CometChat that registers them, if one does. */
    login: string | undefined
    now: number
  },
  owner: Owner,
  wanted: readonly ToRegister[],
  log: FastifyBaseLogger,
): Promise<{ deviceIds: string[]; moved: boolean } | RequestRefusal> {
  const stored = await Promise.all(
    wanted.map(async device => {
      const registered = await devices.register({ ...device, ...owner, login }, now, move)
      report(registered, device, log)
      return registered
    }),
  )
  const refused = stored.find(({ refused }) => refused)
  if (refused?.refused === 'other-device') return tokenOfAnotherUser
  if (refused) return tooManyMoves(refused.retryAfterMs ?? 0)
  return {
    deviceIds: stored.map(({ deviceId }) => deviceId),
    moved: stored.some(({ moved }) => moved),
  }
}

function report(
  { deviceId, moved, refused, formerDeviceId }: Registered,
  { deviceId: newDeviceId }: Pick<Device, 'deviceId'>,
  log: FastifyBaseLogger,
): void {
  if (!moved && !refused) return
  const names = { from: fingerprint(formerDeviceId), to: fingerprint(newDeviceId) }
  const message = refused ? 'a token of another user was not moved' : 'a token moved to another user'
  log.warn({ deviceId, ...names, ...(refused && { reason: refused }) }, message)
}

/** Apps choose these names, and some choose the uid or the token. So the log has only what tells two of them apart. */
const fingerprint = (name: string | undefined) =>
  name === undefined ? 'none' : createHash('sha256').update(name).digest('hex').slice(0, 16)
