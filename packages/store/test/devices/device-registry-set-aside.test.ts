import { type Device, type DeviceRegistration, REFUSALS_UNTIL_SET_ASIDE, SET_ASIDE } from '@ringer/store'
import { expect } from 'vitest'
import { APP_ID, SENT_AT as NOW, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { ringToClaim } from '../calls/claim-ring.ts'
import { describeStore, type TestStore } from '../describe-store.ts'

const phone: DeviceRegistration = {
  appId: APP_ID,
  uid: 'bob',
  platform: 'ios',
  kind: 'voip',
  token: 'made-up',
}
const offers = {
  platforms: { ios: { queued: ['' as const] } },
  otherwise: { why: 'provider-not-configured' as const, skip: '' },
}

async function registered({ devices }: TestStore, now = NOW): Promise<Device> {
  const { deviceId } = await devices.register(phone, now)
  const device = await devices.get(deviceId)
  if (!device) throw new Error('the registered device cannot be read')
  return device
}

async function refuse({ devices }: TestStore, device: Device, times: number): Promise<number> {
  let refusals = 0
  for (let time = 0; time < times; time += 1) refusals = await devices.countRefusal(device)
  return refusals
}

const setAside = ({ devices }: TestStore, device: Device) =>
  devices.setAside(device, 'BadDeviceToken', NOW + 1_000)

describeStore('a device whose token is refused again and again', it => {
  it('is set aside, with the time and the reason, and stays registered', async ({ store }) => {
    const device = await registered(store)
    expect(await refuse(store, device, REFUSALS_UNTIL_SET_ASIDE - 1)).toBe(4)
    expect(await setAside(store, device)).toBe(false)
    await refuse(store, device, 1)
    expect(await setAside(store, device)).toBe(true)
    expect(await setAside(store, device)).toBe(false)
    expect(await store.devices.list(APP_ID, 'bob')).toMatchObject([
      { token: 'made-up', setAsideAt: NOW + 1_000, setAsideReason: 'BadDeviceToken' },
    ])
  })

  it('is not set aside if a push was accepted in between', async ({ store }) => {
    const device = await registered(store)
    await refuse(store, device, REFUSALS_UNTIL_SET_ASIDE - 1)
    await store.devices.markProven({ ...device, refusals: 4 }, NOW)
    expect(await refuse(store, device, 1)).toBe(1)
    expect(await setAside(store, device)).toBe(false)
  })

  it('is taken back by a registration, and a late refusal does not count against it', async ({ store }) => {
    const device = await registered(store)
    await refuse(store, device, REFUSALS_UNTIL_SET_ASIDE)
    await setAside(store, device)
    const again = await registered(store, NOW + 2_000)
    expect(again).not.toHaveProperty('setAsideAt')
    expect(again).not.toHaveProperty('refusals')
    expect(await refuse(store, device, 1)).toBe(0)
    expect(await setAside(store, device)).toBe(false)
  })

  it('is skipped by a claim, and by an attempt that was queued before', async ({ store }) => {
    const device = await registered(store)
    const before = await store.calls.claim('job-1', ringToClaim(), offers)
    expect(before.queued).toHaveLength(1)
    await refuse(store, device, REFUSALS_UNTIL_SET_ASIDE)
    await setAside(store, device)
    expect(await store.calls.beginAttempt(before.ringId, device.id, ringToClaim().dequeuedAt)).toEqual({
      verdict: 'setAside',
      before: 'queued',
    })
    const next = ringToClaim({ sessionId: 'next' })
    expect(await store.calls.claim('job-2', next, offers)).toMatchObject({
      phones: 1,
      opened: [],
      queued: [],
    })
    expect((await store.calls.read(APP_ID, 'next'))?.rings[0]?.devices).toMatchObject([
      { outcome: 'skipped', reason: SET_ASIDE },
    ])
    expect((await store.calls.read(APP_ID, SESSION_ID))?.rings[0]?.devices).toMatchObject([
      { outcome: 'queued' },
    ])
  })
})
