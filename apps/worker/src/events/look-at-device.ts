import { verdictOf } from '@ringer/diagnosis'
import { type DeviceLook, nameBasedUuid, type OutgoingEvent } from '@ringer/payloads'
import type { EventDeps, EventNext } from './event-deps.ts'

/** How long the deletion, or whatever else was noted, may wait for Redis. */
const PATIENCE_MS = 60_000
const AGAIN_MS = 2_000

/**
 * Stores the event of a device that was deleted or set aside. The device was noted before that was done, so that a crash in
 * between loses nothing. If it was registered again since, there is no event.
 */
export async function lookAtDevice(look: DeviceLook, deps: EventDeps): Promise<EventNext> {
  const { devices, events, clock } = deps
  const { appId, deviceId, uid, platform, deviceKind, registeredAt, at } = look
  const device = await devices.get(deviceId)
  const common = (type: OutgoingEvent['type'], occurredAt: number) => ({
    id: nameBasedUuid('event', type, deviceId, registeredAt),
    appId,
    occurredAt: new Date(occurredAt).toISOString(),
  })
  const data = {
    ...{ deviceId, platform, uid, kind: deviceKind },
    registeredAt: new Date(registeredAt).toISOString(),
  }
  const diagnosed = (code: 'token-dead' | 'device-retired') => {
    const { sentence, fix } = verdictOf({ code })
    return { ...data, diagnosis: { code, sentence, fix } }
  }
  if (!device) {
    const type = 'device.forgotten'
    await events.deliver([{ ...common(type, at), type, data: diagnosed('token-dead') }])
    return { done: true }
  }
  const { setAsideAt, setAsideReason: reason = '' } = device
  if (device.registeredAt !== registeredAt) return { done: true }
  if (setAsideAt === undefined) {
    const now = deps.clock()
    return now < at + PATIENCE_MS ? { done: false, at: clock() + AGAIN_MS } : { done: true }
  }
  const type = 'device.set-aside'
  await events.deliver([
    { ...common(type, setAsideAt), type, data: { ...diagnosed('device-retired'), reason } },
  ])
  return { done: true }
}
