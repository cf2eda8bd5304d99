import type { Device, Provider } from '@ringer/store'

/** Who reaches a device. */
export const providerOf = ({ platform }: Pick<Device, 'platform'>): Provider =>
  platform === 'ios' ? 'apns' : 'fcm'
