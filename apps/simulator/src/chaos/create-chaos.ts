import type { FakeApns, FakeFcm, ReceivedPush } from '@ringer/fakes'
import type { Handset } from '../phones/handset.ts'
import {
  type ApnsActName,
  apnsActs,
  endedBy,
  endOfLasting,
  fcmActs,
  isApnsAct,
  isFcmAct,
  isLasting,
  type LastingName,
} from './connection-faults.ts'
import { type ApnsFaultName, apnsFaults, fcmFaults, isApnsFault, isFcmFault } from './push-faults.ts'

export const providerIds = ['apns', 'fcm'] as const
export type ProviderId = (typeof providerIds)[number]

export type ChaosOrder = {
  provider: ProviderId
  /** Google knows fewer; what a provider does not know changes nothing. */
  fault: ApnsFaultName | ApnsActName
  /** For how many pushes. */
  times?: number | undefined
}

/** One thing that is broken now. */
export type InForce = {
  provider: ProviderId
  /** `token-dead`: Ringer was told so, and has forgotten the phone. */
  fault: ApnsFaultName | LastingName | 'token-dead'
  /** For how many pushes; without it, until it is taken back. */
  left?: number | undefined
}

export type Chaos = {
  /** Orders a fault for the next pushes to Bob's phone, or does something to the provider's connections. */
  order: (order: ChaosOrder) => Promise<void>
  /** Takes everything back, and has the apps of phones that were called dead register anew. */
  clear: () => Promise<void>
  inForce: () => InForce[]
  close: () => void
}

/** Orders faults at the stand-ins for Apple and Google, and knows which are in force. */
export function createChaos(deps: {
  apns: FakeApns
  fcm: FakeFcm
  phones: Handset[]
  clock: () => number
  onChange: () => void
  registerAgain: (phones: Handset[]) => Promise<void>
}): Chaos {
  const { apns, fcm, clock, onChange } = deps
  let broken: InForce[] = []
  const phoneOf = (provider: ProviderId) =>
    deps.phones.find(({ platform }) => (platform === 'ios') === (provider === 'apns'))

  function setLasting(provider: ProviderId, fault: LastingName | 'token-dead', on: boolean): void {
    broken = broken.filter(entry => entry.provider !== provider || entry.fault !== fault)
    if (on) broken = [...broken, { provider, fault }]
  }

  /** Orders are used up in the order in which they were given, by pushes to Bob's phone alone. */
  const countPush = (provider: ProviderId) => (push: ReceivedPush) => {
    if (push.fault === null || push.token !== phoneOf(provider)?.token) return
    const used = broken.find(entry => entry.provider === provider && entry.left !== undefined)
    if (!used?.left) return
    const rest = used.left > 1 ? [{ ...used, left: used.left - 1 }] : []
    broken = broken.flatMap(entry => (entry === used ? rest : [entry]))
    if (used.fault === 'unregistered') setLasting(provider, 'token-dead', true)
    onChange()
  }
  const offs = [apns.onPush(countPush('apns')), fcm.onPush(countPush('fcm'))]

  async function act(provider: ProviderId, name: string): Promise<void> {
    if (provider === 'apns' && isApnsAct(name)) await apnsActs[name](apns)
    if (provider === 'fcm' && isFcmAct(name)) await fcmActs[name](fcm)
    if (isLasting(name)) setLasting(provider, name, true)
    const ended = endedBy(name)
    if (ended) setLasting(provider, ended, false)
  }

  return {
    order: async ({ provider, fault, times = 1 }) => {
      const scope = { token: phoneOf(provider)?.token ?? '', times }
      if (isApnsFault(fault)) {
        if (provider === 'apns') apns.order(apnsFaults[fault](clock()), scope)
        else if (isFcmFault(fault)) fcm.order(fcmFaults[fault](), scope)
        broken = [...broken, { provider, fault, left: times }]
      } else await act(provider, fault)
      onChange()
    },
    clear: async () => {
      apns.clearOrders()
      fcm.clearOrders()
      const before = broken
      broken = []
      for (const { provider, fault } of before) {
        if (isLasting(fault)) await act(provider, endOfLasting[fault])
      }
      onChange()
      const dead = before.filter(({ fault }) => fault === 'token-dead')
      await deps.registerAgain(dead.flatMap(({ provider }) => phoneOf(provider) ?? []))
    },
    inForce: () => broken,
    close: () => {
      for (const off of offs) off()
    },
  }
}
