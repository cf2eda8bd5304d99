/** A phone, as its provider knows it. */
export interface FakeDevice {
  /** What its token is for. With APNs the topic must match. */
  kind?: 'voip' | 'alert' | 'fcm'
  /** `unregistered`: the app is gone. */
  state: 'active' | 'unregistered'
  /** When it became so, in ms. */
  unregisteredAt?: number
  /** Where the token is valid; anywhere unless told. */
  environment?: 'production' | 'sandbox'
}

/** Devices by token: hex in lower case for APNs. One registry may serve several stand-ins. */
export type FakeDevices = Map<string, FakeDevice>
