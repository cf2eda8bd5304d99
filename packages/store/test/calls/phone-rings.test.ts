import type { Capability, Receipt } from '@ringer/payloads'
import { connectPatient, createPhoneRings, type Offers } from '@ringer/store'
import { describe, expect } from 'vitest'
import { APP_ID, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { ARRIVED_AT, CALLED_AT, ringToClaim } from './claim-ring.ts'

const AT = CALLED_AT + 5_000
const receipt = (more: Partial<Receipt> = {}): Receipt => ({ at: ARRIVED_AT + 400, ...more })
const offers: Offers = {
  platforms: { android: {}, ios: { queued: [''] } },
  otherwise: { why: 'provider-not-configured', skip: '' },
}

/** Registers one of Bob's phones. */
const addPhone = async ({ devices }: TestStore, platform = 'android', token = `${platform}-token`) =>
  (await devices.register({ appId: APP_ID, uid: 'bob', platform, kind: 'voip', token }, ARRIVED_AT - 1_000))
    .deviceId

/** Rings Bob on an Android phone. */
async function ring(store: TestStore): Promise<Capability> {
  const deviceId = await addPhone(store)
  const { ringId } = await store.calls.claim('job-1', ringToClaim(), offers)
  return { ringId, deviceId }
}

const phones = ({ redis, keys }: TestStore) => createPhoneRings(redis, keys)
const deviceIn = async ({ calls }: TestStore, id: string) =>
  (await calls.read(APP_ID, SESSION_ID))?.rings[0]?.devices.find(({ deviceId }) => deviceId === id)

describeStore('a phone', it => {
  it('is told of its ring: who calls, the state, and until when', async ({ store }) => {
    const capability = await ring(store)
    const ringing = await phones(store).read(capability)
    const { event, receivedAt, deadline } = ringToClaim()
    expect(ringing).toEqual({
      ...{ appId: APP_ID, event, state: 'ringing', receivedAt, deadline },
      device: expect.objectContaining({ platform: 'android', outcome: 'sending' }),
    })
    await store.calls.answer(
      'job-a',
      APP_ID,
      { kind: 'answer', sessionId: SESSION_ID, uid: 'bob', platform: 'ios' },
      AT,
    )
    expect(await phones(store).read(capability)).toMatchObject({ state: 'answered', answeredOn: 'ios' })
    await store.calls.end(
      'job-e',
      APP_ID,
      { kind: 'end', action: 'cancelled', sessionId: SESSION_ID },
      AT + 10,
    )
    expect(await phones(store).read(capability)).toMatchObject({
      ...{ state: 'ended', endAction: 'cancelled', endedAt: AT + 10 },
    })
  })

  it('is told nothing about another phone’s ring or an unknown ring', async ({ store }) => {
    const { ringId, deviceId } = await ring(store)
    const { read } = phones(store)
    expect(await read({ ringId, deviceId: 'f'.repeat(32) })).toBeUndefined()
    expect(await read({ ringId: '00000000-0000-5000-8000-000000000000', deviceId })).toBeUndefined()
  })

  describe('that reports', () => {
    it('has its complete receipt on record before the outcome of its push is written', async ({ store }) => {
      const capability = await ring(store)
      const { ringId, deviceId } = capability
      const shown = receipt({ phoneAt: ARRIVED_AT + 390, deliveredPriority: 'normal', appVersion: '2.1/b7' })
      expect(await phones(store).addReceipt(capability, 'shown', shown)).toBe('new')
      expect(await deviceIn(store, deviceId)).toMatchObject({ outcome: 'sending', receipts: { shown } })
      await store.calls.recordDevice(ringId, deviceId, { outcome: 'accepted', status: 200 })
      expect(await deviceIn(store, deviceId)).toMatchObject({
        ...{ outcome: 'accepted', receipts: { shown } },
      })
    })

    it('the same event again changes nothing, and another event is added', async ({ store }) => {
      const capability = await ring(store)
      const { addReceipt } = phones(store)
      await addReceipt(capability, 'shown', receipt())
      expect(await addReceipt(capability, 'shown', receipt({ at: AT, osVersion: '18' }))).toBe('known')
      expect(await addReceipt(capability, 'duplicate', receipt({ at: AT }))).toBe('new')
      expect((await deviceIn(store, capability.deviceId))?.receipts).toEqual({
        shown: receipt(),
        duplicate: receipt({ at: AT }),
      })
    })

    it('over many connections at once counts once', async ({ store }) => {
      const capability = await ring(store)
      const connections = Array.from({ length: 5 }, () => connectPatient(store.target))
      const answers = await Promise.all(
        connections.flatMap(redis =>
          Array.from({ length: 10 }, (_, index) =>
            createPhoneRings(redis, store.keys).addReceipt(capability, 'shown', receipt({ at: AT + index })),
          ),
        ),
      )
      for (const redis of connections) redis.disconnect()
      expect(answers.filter(answer => answer === 'new')).toHaveLength(1)
      expect(answers.filter(answer => answer === 'known')).toHaveLength(49)
    })

    it('about a ring that is not on record, or not its own, leaves nothing', async ({ store }) => {
      const capability = await ring(store)
      const { addReceipt } = phones(store)
      const before = await store.redis.hgetall(store.keys.ring(capability.ringId))
      const keys = (await store.listKeys()).sort()
      expect(await addReceipt({ ...capability, deviceId: 'f'.repeat(32) }, 'shown', receipt())).toBe('gone')
      const unknown = { ...capability, ringId: '00000000-0000-5000-8000-000000000000' }
      expect(await addReceipt(unknown, 'shown', receipt())).toBe('gone')
      expect(await store.redis.hgetall(store.keys.ring(capability.ringId))).toEqual(before)
      expect((await store.listKeys()).sort()).toEqual(keys)
    })

    it('is expected to send receipts from then on, also after it was registered again', async ({ store }) => {
      const capability = await ring(store)
      expect(await deviceIn(store, capability.deviceId)).not.toHaveProperty('expectsReceipt')
      await phones(store).addReceipt(capability, 'late', receipt({ at: AT }))
      await addPhone(store)
      expect(await store.devices.get(capability.deviceId)).toMatchObject({ receiptAt: AT })
      const iphone = await addPhone(store, 'ios')
      const next = ringToClaim({ sessionId: 'v1.eu.next' }, 1_000)
      await store.calls.claim('job-2', next, offers)
      const [again] = (await store.calls.read(APP_ID, 'v1.eu.next'))?.rings ?? []
      expect(again?.devices.find(({ deviceId }) => deviceId === capability.deviceId)).toMatchObject({
        ...{ outcome: 'sending', expectsReceipt: true },
      })
      expect(again?.devices.find(({ deviceId }) => deviceId === iphone)).not.toHaveProperty('expectsReceipt')
    })

    it('is not expected to send receipts if it belongs to another user now', async ({ store }) => {
      const capability = await ring(store)
      await store.devices.register(
        { appId: APP_ID, uid: 'carol', platform: 'android', kind: 'voip', token: 'android-token' },
        AT,
      )
      expect(await phones(store).addReceipt(capability, 'shown', receipt())).toBe('new')
      expect(await store.devices.get(capability.deviceId)).not.toHaveProperty('receiptAt')
    })

    it('loses only the earlier receipt if that cannot be read', async ({ store }) => {
      const capability = await ring(store)
      const { ringId, deviceId } = capability
      await store.redis.hset(store.keys.ring(ringId), `receipts:${deviceId}`, 'what?')
      expect(await deviceIn(store, deviceId)).toMatchObject({ outcome: 'sending' })
      expect(await phones(store).addReceipt(capability, 'shown', receipt())).toBe('new')
      expect(await deviceIn(store, deviceId)).toMatchObject({ receipts: { shown: receipt() } })
    })
  })
})
