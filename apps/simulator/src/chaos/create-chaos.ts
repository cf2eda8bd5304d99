import type { FakeApns, FakeFcm, ReceivedPush } from '@ringer/fakes'
import type { PhoneHandset } from '../phones/handset.ts'
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
import { isPhoneAct, type PhoneActName, type PhoneSwitches, phoneActs } from './phone-faults.ts'
import { type ApnsFaultName, apnsPushFaults, fcmPushFaults, isApnsFault, isFcmFault } from './push-faults.ts'

export type ProviderId = 'apns' | 'fcm'

export interface ChaosOrder {
  provider: ProviderId
  /** Google has fewer of them. One that a provider does not have changes nothing. */
  fault: ApnsFaultName | ApnsActName | PhoneActName
  /** The number of pushes. Default: 1. */
  times?: number | undefined
}

/** One thing that is broken now. */
export interface ActiveFault {
  provider: ProviderId
  /** `token-dead`: the provider said so, and Ringer has deleted the phone's registration. */
  fault: ApnsFaultName | LastingName | 'token-dead'
  /** The number of pushes that it still applies to. Undefined: it lasts until it is undone. */
  left?: number | undefined
}

export interface Chaos {
  /** Orders a fault for the next pushes to Bob's phone, or changes the provider's connections. */
  order: (order: ChaosOrder) => Promise<void>
  /** Undoes every fault, and registers again the phones whose tokens were reported dead. */
  clear: () => Promise<void>
  activeFaults: () => ActiveFault[]
  close: () => void
}

/** Orders faults from the stand-ins for Apple and Google and from Bob's iPhone, and keeps track of the active ones. */
export function createChaos(deps: {
  apns: FakeApns
  fcm: FakeFcm
  phones: readonly PhoneHandset[]
  iphone: PhoneSwitches
  clock: () => number
  onChange: () => void
  registerAgain: (phones: PhoneHandset[]) => Promise<void>
}): Chaos {
  const { apns, fcm, clock, onChange } = deps
  let active: ActiveFault[] = []
  const phoneOf = (provider: ProviderId) =>
    deps.phones.find(({ platform }) => (platform === 'ios') === (provider === 'apns'))

  function setLasting(provider: ProviderId, fault: LastingName | 'token-dead', on: boolean): void {
    active = active.filter(entry => entry.provider !== provider || entry.fault !== fault)
    if (on) active = [...active, { provider, fault }]
  }

  /** Counts down the oldest order. Only pushes to Bob's phone use orders up. */
  const countPush = (provider: ProviderId) => (push: ReceivedPush) => {
    if (push.fault === null || push.token !== phoneOf(provider)?.token) return
    const used = active.find(entry => entry.provider === provider && entry.left !== undefined)
    if (!used?.left) return
    const rest = used.left > 1 ? [{ ...used, left: used.left - 1 }] : []
    active = active.flatMap(entry => (entry === used ? rest : [entry]))
    if (used.fault === 'unregistered') setLasting(provider, 'token-dead', true)
    onChange()
  }
  const unsubscribe = [apns.onPush(countPush('apns')), fcm.onPush(countPush('fcm'))]

  async function act(provider: ProviderId, name: string): Promise<void> {
    if (provider === 'apns' && isApnsAct(name)) await apnsActs[name](apns)
    if (provider === 'fcm' && isFcmAct(name)) await fcmActs[name](fcm)
    if (provider === 'apns' && isPhoneAct(name)) phoneActs[name](deps.iphone)
    if (isLasting(name)) setLasting(provider, name, true)
    const ended = endedBy(name)
    if (ended) setLasting(provider, ended, false)
  }

  return {
    order: async ({ provider, fault, times = 1 }) => {
      const scope = { token: phoneOf(provider)?.token ?? '', times }
      if (isApnsFault(fault)) {
        if (provider === 'apns') apns.order(apnsPushFaults[fault](clock()), scope)
        else if (isFcmFault(fault)) fcm.order(fcmPushFaults[fault](), scope)
        active = [...active, { provider, fault, left: times }]
      } else await act(provider, fault)
      onChange()
    },
    clear: async () => {
      apns.clearOrders()
      fcm.clearOrders()
      const before = active
      active = []
      for (const { provider, fault } of before) {
        if (isLasting(fault)) await act(provider, endOfLasting[fault])
      }
      onChange()
      const dead = before.filter(({ fault }) => fault === 'token-dead')
      await deps.registerAgain(dead.flatMap(({ provider }) => phoneOf(provider) ?? []))
    },
    activeFaults: () => active,
    close: () => {
      for (const stop of unsubscribe) stop()
    },
  }
}
