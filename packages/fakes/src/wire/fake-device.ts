/** A phone as its provider knows it. */
export interface FakeDevice {
  /** What its token is for. With APNs the topic must match. */
  kind?: 'voip' | 'alert' | 'fcm' | 'web'
  /** `unregistered`: the app was removed. */
  state: 'active' | 'unregistered'
  /** When it was unregistered, epoch ms. */
  unregisteredAt?: number
  /** Where the token is valid. Default: in both environments. */
  environment?: 'production' | 'sandbox'
}

/** Devices by token; APNs tokens are hex in lower case. Several stand-ins may share one map. */
export type FakeDevices = Map<string, FakeDevice>
