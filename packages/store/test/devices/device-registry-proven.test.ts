import type { Device, DeviceRegistration } from '@ringer/store'
import { expect } from 'vitest'
import { APP_ID, SENT_AT as NOW } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'

const phone: DeviceRegistration = { appId: APP_ID, uid: 'bob', platform: 'ios', kind: 'voip', token: 'token' }

async function registered(
  { devices }: TestStore,
  changes: Partial<DeviceRegistration> = {},
): Promise<Device> {
  const { deviceId } = await devices.register({ ...phone, ...changes }, NOW)
  const device = await devices.get(deviceId)
  if (!device) throw new Error('the registered device cannot be read')
  return device
}

describeStore('a token', it => {
  it('is proven from the first push that its provider accepts', async ({ store }) => {
    const device = await registered(store)
    expect(device).not.toHaveProperty('provenAt')
    await store.devices.markProven(device, NOW + 1_000)
    await store.devices.markProven(device, NOW + 2_000)
    expect(await store.devices.get(device.id)).toMatchObject({ provenAt: NOW + 1_000 })
  })

  it('stays proven when it is registered again, by anybody', async ({ store }) => {
    await store.devices.markProven(await registered(store), NOW + 1_000)
    expect(await registered(store)).toMatchObject({ provenAt: NOW + 1_000 })
    expect(await registered(store, { uid: 'carol' })).toMatchObject({ provenAt: NOW + 1_000 })
  })

  it('is not proven any more once its provider refuses it', async ({ store }) => {
    const device = await registered(store)
    await store.devices.markProven(device, NOW + 1_000)
    await store.devices.countRefusal(device)
    expect(await store.devices.get(device.id)).not.toHaveProperty('provenAt')
    expect(await registered(store)).not.toHaveProperty('provenAt')
  })

  it('that is not registered any more is not brought back', async ({ store }) => {
    const device = await registered(store)
    await store.devices.unregister({ appId: APP_ID, uid: 'bob' }, phone.token)
    await store.devices.markProven(device, NOW + 1_000)
    expect(await store.devices.get(device.id)).toBeUndefined()
  })
})
