import type { Device } from '@ringer/store'

/** A device as its owner is told of it: all but the token, with instants in ISO 8601. */
export function describeDevice(device: Device) {
  const { id, platform, kind, environment, bundleId, deviceId } = device
  return {
    ...{ id, platform, kind, environment, bundleId, deviceId },
    registeredAt: new Date(device.registeredAt).toISOString(),
    seenAt: new Date(device.seenAt).toISOString(),
  }
}
