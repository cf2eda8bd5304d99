import type { FakeApns, FakeFcm } from '@ringer/fakes'

/** How many streams Apple allows at once, once it trusts a connection. */
const ORDINARY_STREAMS = 1_000

/** What can be done to Google's connections, by the name that it is ordered by. */
export const fcmActs = {
  // Connections to come are left alone: what a firewall forgot is forgotten, and the next one passes.
  freeze: (server: FakeApns | FakeFcm) => server.freeze(),
  // What went into a silent connection never arrives: it would ring for a call that is long over.
  thaw: (server: FakeApns | FakeFcm) => {
    server.dropConnections()
    server.thaw()
  },
  'refuse-connections': (server: FakeApns | FakeFcm) => server.refuseConnections(),
  'accept-connections': (server: FakeApns | FakeFcm) => server.acceptConnections(),
  'drop-connections': (server: FakeApns | FakeFcm) => server.dropConnections(),
} as const

/** What can be done to Apple's: they carry streams. */
export const apnsActs = {
  ...fcmActs,
  'stream-limit-1': (apns: FakeApns) => apns.setStreamLimit(1),
  'stream-limit-1000': (apns: FakeApns) => apns.setStreamLimit(ORDINARY_STREAMS),
} as const

/** What stays in force, and what takes it back. */
export const endOfLasting = {
  freeze: 'thaw',
  'refuse-connections': 'accept-connections',
  'stream-limit-1': 'stream-limit-1000',
} as const

export type ApnsActName = keyof typeof apnsActs
export type FcmActName = keyof typeof fcmActs
export type LastingName = keyof typeof endOfLasting

export const isApnsAct = (name: string): name is ApnsActName => Object.hasOwn(apnsActs, name)
export const isFcmAct = (name: string): name is FcmActName => Object.hasOwn(fcmActs, name)
export const isLasting = (name: string): name is LastingName => Object.hasOwn(endOfLasting, name)

/** The lasting fault that this act takes back, if it does. */
export function endedBy(name: string): LastingName | undefined {
  return Object.keys(endOfLasting)
    .filter(isLasting)
    .find(lasting => endOfLasting[lasting] === name)
}
