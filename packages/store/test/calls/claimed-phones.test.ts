import type { Offers } from '@ringer/store'
import { expect } from 'vitest'
import { APP_ID, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { ARRIVED_AT, ringToClaim } from './claim-ring.ts'

/** There is room for iPhones of Apple's production environment, and none for Android phones. */
const offers: Offers = {
  platforms: {
    ios: { queued: ['sandbox'] },
    android: { queued: [''] },
    tv: { unconfigured: 'tv' },
  },
  otherwise: { why: 'provider-not-configured', skip: 'no provider for it' },
}

const register = (
  { devices }: TestStore,
  name: string,
  more: Partial<Parameters<TestStore['devices']['register']>[0]> = {},
  seenAt = ARRIVED_AT,
) =>
  devices
    .register({ appId: APP_ID, uid: 'bob', kind: 'voip', platform: 'ios', token: name, ...more }, seenAt)
    .then(({ deviceId }) => deviceId)

const claim = ({ calls }: TestStore, job = 'job-1') => calls.claim(job, ringToClaim(), offers)

const devicesOf = async ({ calls }: TestStore) =>
  (await calls.read(APP_ID, SESSION_ID))?.rings[0]?.devices.map(({ deviceId: _, ...device }) => device)

describeStore('the phones of a claimed ring', it => {
  it('are attempted at once if their provider has room', async ({ store }) => {
    const deviceId = await register(store, 'iphone')
    const claimed = await claim(store)
    expect(claimed).toMatchObject({ phones: 1, queued: [], unreadable: [] })
    expect(claimed.opened).toEqual([await store.devices.get(deviceId)])
    const sentAt = ringToClaim().dequeuedAt
    expect(await devicesOf(store)).toEqual([{ platform: 'ios', outcome: 'sending', attempt: 1, sentAt }])
  })

  it.for([
    ['their provider', { platform: 'android' }],
    ['their environment', { environment: 'sandbox' as const }],
  ] as const)('are queued if %s has no room', async ([_, phone], { store }) => {
    const deviceId = await register(store, 'phone', phone)
    const platform = 'platform' in phone ? phone.platform : 'ios'
    expect(await claim(store)).toMatchObject({ phones: 1, opened: [], queued: [{ deviceId, platform }] })
    expect(await devicesOf(store)).toMatchObject([{ outcome: 'queued', attempt: 0 }])
  })

  it('are queued with a flag that says whether a push to them was ever accepted', async ({ store }) => {
    const proven = await register(store, 'proven', { platform: 'android' })
    const device = await store.devices.get(proven)
    if (device) await store.devices.markProven(device, ARRIVED_AT)
    await register(store, 'made-up', { platform: 'android' })
    const { queued } = await claim(store)
    const isProven = (id: string) => queued.find(({ deviceId }) => deviceId === id)?.isProven
    expect(queued.map(({ isProven }) => isProven).sort()).toEqual([false, true])
    expect(isProven(proven)).toBe(true)
  })

  it.for([
    ['tv', 'the provider tv is not configured'],
    ['watch', 'no provider for it'],
  ] as const)(
    'are skipped with the reason on a platform that cannot ring: %s',
    async ([platform, reason], { store }) => {
      await register(store, 'phone', { platform })
      expect(await claim(store)).toMatchObject({ phones: 1, opened: [], queued: [] })
      expect(await devicesOf(store)).toMatchObject([{ platform, outcome: 'skipped', reason }])
    },
  )

  it('are skipped if no provider delivers to their platform', async ({ store }) => {
    await register(store, 'phone', { platform: 'watch' })
    const { phones } = await store.calls.claim('job-1', ringToClaim(), { platforms: offers.platforms })
    expect(phones).toBe(1)
    const reason = 'no provider delivers to phones of this platform'
    expect(await devicesOf(store)).toMatchObject([
      { outcome: 'skipped', why: 'provider-not-configured', reason },
    ])
  })

  it('do not include alert tokens and phones of others', async ({ store }) => {
    await register(store, 'alerts', { kind: 'alert' })
    await register(store, 'carols', { uid: 'carol' })
    expect(await claim(store)).toMatchObject({ phones: 0, opened: [], queued: [] })
    const call = await store.calls.read(APP_ID, SESSION_ID)
    expect(call?.rings).toMatchObject([{ devices: [], note: 'no phone of bob is registered for rings' }])
  })

  it('do not include phones that have expired, and these leave the list', async ({ store }) => {
    const deviceId = await register(store, 'old')
    await register(store, 'new')
    await store.redis.del(store.keys.device(deviceId))
    expect((await claim(store)).opened).toMatchObject([{ token: 'new' }])
    expect(await store.redis.zrange(store.keys.user(APP_ID, 'bob'), '0', '-1')).not.toContain(deviceId)
  })

  it('are not attempted if the call has ended', async ({ store }) => {
    await register(store, 'iphone')
    const end = { kind: 'end', action: 'cancelled', sessionId: SESSION_ID } as const
    await store.calls.end('job-e', APP_ID, end, ARRIVED_AT)
    expect(await claim(store)).toMatchObject({ state: 'ended', phones: 0, opened: [], queued: [] })
  })

  it('are queued, unless they are settled, when the same job claims the ring again', async ({ store }) => {
    const open = await register(store, 'open')
    const done = await register(store, 'done')
    const waiting = await register(store, 'waiting', { platform: 'android' })
    const { ringId } = await claim(store)
    await store.calls.recordDevice(ringId, done, { outcome: 'accepted' })
    const again = await claim(store)
    expect(again).toMatchObject({ claim: 'claimed', isFirst: false, phones: 3, opened: [], skipped: [] })
    expect(again.queued.map(({ deviceId }) => deviceId).sort()).toEqual([open, waiting].sort())
  })

  it('are queued, settled or not, when the same job claims the ring again after the end', async ({
    store,
  }) => {
    const done = await register(store, 'done')
    const { ringId } = await claim(store)
    await store.calls.recordDevice(ringId, done, { outcome: 'accepted' })
    const end = { kind: 'end', action: 'cancelled', sessionId: SESSION_ID } as const
    await store.calls.end('job-e', APP_ID, end, ARRIVED_AT)
    const again = await claim(store)
    expect(again.queued.map(({ deviceId }) => deviceId)).toEqual([done])
  })

  it('are left to the first job when another one claims the ring', async ({ store }) => {
    await register(store, 'iphone')
    await claim(store)
    expect(await claim(store, 'job-2')).toMatchObject({ claim: 'duplicate', opened: [], queued: [] })
  })

  it('are reported if they cannot be read, and the others are attempted', async ({ store }) => {
    const damaged = await register(store, 'damaged')
    await register(store, 'whole')
    await store.redis.hset(store.keys.device(damaged), 'seenAt', 'soon')
    const claimed = await claim(store)
    expect(claimed.opened).toMatchObject([{ token: 'whole' }])
    expect(claimed.unreadable).toEqual([damaged])
  })
})
