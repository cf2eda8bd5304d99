import type { FakeApns, FakeFcm } from '@ringer/fakes'

/** How many streams Apple allows at once on a connection that it trusts. */
const USUAL_STREAM_LIMIT = 1_000

/** Actions on Google's connections, by the name that requests use. */
export const fcmActs = {
  // New connections still work: a firewall that forgot a connection lets the next one pass.
  freeze: (fake: FakeApns | FakeFcm) => fake.freeze(),
  // Drops what was sent into a frozen connection: delivered now, it would ring for a call that ended long ago.
  thaw: (fake: FakeApns | FakeFcm) => {
    fake.dropConnections()
    fake.thaw()
  },
  'refuse-connections': (fake: FakeApns | FakeFcm) => fake.refuseConnections(),
  'accept-connections': (fake: FakeApns | FakeFcm) => fake.acceptConnections(),
  'drop-connections': (fake: FakeApns | FakeFcm) => fake.dropConnections(),
} as const

/** Actions on Apple's connections, which also carry streams. */
export const apnsActs = {
  ...fcmActs,
  'stream-limit-1': (apns: FakeApns) => apns.setStreamLimit(1),
  'stream-limit-1000': (apns: FakeApns) => apns.setStreamLimit(USUAL_STREAM_LIMIT),
} as const

/** Faults that last until they are undone, and the action that undoes each. */
export const endOfLasting = {
  freeze: 'thaw',
  'refuse-connections': 'accept-connections',
  'stream-limit-1': 'stream-limit-1000',
  focus: 'end-focus',
} as const

export type ApnsActName = keyof typeof apnsActs
export type FcmActName = keyof typeof fcmActs
export type LastingName = keyof typeof endOfLasting

export const isApnsAct = (name: string): name is ApnsActName => Object.hasOwn(apnsActs, name)
export const isFcmAct = (name: string): name is FcmActName => Object.hasOwn(fcmActs, name)
export const isLasting = (name: string): name is LastingName => Object.hasOwn(endOfLasting, name)

/** The lasting fault that this action undoes, if any. */
export function endedBy(name: string): LastingName | undefined {
  return Object.keys(endOfLasting)
    .filter(isLasting)
    .find(lasting => endOfLasting[lasting] === name)
}
