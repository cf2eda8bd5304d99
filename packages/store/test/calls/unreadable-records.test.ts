import { ringId as ringIdOf } from '@ringer/payloads'
import {
  createCallRecords,
  createDeviceRegistry,
  type DeviceRegistration,
  type UnreadableRecord,
} from '@ringer/store'
import { describe, expect } from 'vitest'
import { ringEvent } from '../../../payloads/test/ring-events.ts'
import { APP_ID, SENT_AT as NOW, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { ARRIVED_AT, addDevices, android, iphone, ringToClaim, storePhones } from './claim-ring.ts'

// A record may be damaged, or written by another version of Ringer. It must cost nobody else anything.

const TOKEN = 'a-token-that-nobody-may-see'
const phone = (token: string, more: Partial<DeviceRegistration> = {}): DeviceRegistration => ({
  ...{ appId: APP_ID, uid: 'bob', platform: 'ios', kind: 'voip', token },
  ...more,
})
const bob = { appId: APP_ID, uid: 'bob' }

type Damage = (store: TestStore, key: string) => Promise<unknown>

/** What may be wrong with a device, and which fields are reported. */
const damages: [string, Damage, string[]][] = [
  ['a time that is no number', ({ redis }, key) => redis.hset(key, 'registeredAt', 'soon'), ['registeredAt']],
  ['a kind that nobody knows', ({ redis }, key) => redis.hset(key, 'kind', TOKEN), ['kind']],
  ['no token', ({ redis }, key) => redis.hdel(key, 'token'), ['token']],
  ['no user', ({ redis }, key) => redis.hdel(key, 'uid'), ['uid']],
  [
    'another type of value',
    async ({ redis }, key) => {
      await redis.del(key)
      await redis.set(key, TOKEN)
    },
    [],
  ],
]

describeStore('a record that cannot be read', storeIt => {
  const it = storeIt.extend('reporting', ({ store: { redis, keys } }) => {
    const reports: UnreadableRecord[] = []
    const onUnreadable = (record: UnreadableRecord) => void reports.push(record)
    return {
      reports,
      devices: createDeviceRegistry(redis, keys, { onUnreadable }),
      calls: createCallRecords(redis, keys, { onUnreadable }),
    }
  })

  describe('of a device', () => {
    it.for(damages)(
      'is left out of the list and reported: %s (F39)',
      async ([_, damage, fields], { store, reporting }) => {
        const { devices, reports } = reporting
        const { deviceId } = await devices.register(phone(TOKEN), NOW)
        await devices.register(phone('other'), NOW + 1)
        await damage(store, store.keys.device(deviceId))
        expect((await devices.list(APP_ID, 'bob')).map(({ token }) => token)).toEqual(['other'])
        expect(reports).toEqual([{ kind: 'device', deviceId, fields }])
        expect(await devices.get(deviceId)).toBeUndefined()
        expect(reports).toHaveLength(2)
        expect(JSON.stringify(reports)).not.toContain(TOKEN)
      },
    )

    it.for(damages)(
      'does not keep the user’s other devices from changing: %s',
      async ([_, damage], { store, reporting: { devices } }) => {
        const named = { deviceId: 'phone-1' }
        const { deviceId } = await devices.register(phone(TOKEN, named), NOW)
        await devices.register(phone('other', { kind: 'alert' }), NOW + 1)
        await damage(store, store.keys.device(deviceId))
        await devices.register(phone('new', named), NOW + 2)
        const tokens = (await devices.list(APP_ID, 'bob')).map(({ token }) => token)
        expect(tokens).toEqual(['new', 'other'])
        expect(await devices.unregisterAll(bob, {})).toBeGreaterThanOrEqual(2)
        expect(await devices.list(APP_ID, 'bob')).toEqual([])
      },
    )

    it.for(damages)(
      'is repaired by its next registration: %s',
      async ([_, damage], { store, reporting: { devices, reports } }) => {
        const { deviceId } = await devices.register(phone(TOKEN), NOW)
        await damage(store, store.keys.device(deviceId))
        await devices.register(phone(TOKEN), NOW + 1)
        expect(await devices.list(APP_ID, 'bob')).toMatchObject([{ id: deviceId, token: TOKEN }])
        expect(reports).toEqual([])
      },
    )

    it('is not reported when it has expired', async ({ store, reporting: { devices, reports } }) => {
      const { deviceId } = await devices.register(phone(TOKEN), NOW)
      await store.redis.del(store.keys.device(deviceId))
      expect(await devices.list(APP_ID, 'bob')).toEqual([])
      expect(await devices.get(deviceId)).toBeUndefined()
      expect(reports).toEqual([])
    })
  })

  describe('of a ring', () => {
    it.beforeEach(({ store }) => storePhones(store, ['phone-1', 'phone-2']))

    const group = { receiver: { uid: 'chess', type: 'group' as const } }

    /** Rings three members of a group on two phones each, and damages what belongs to the first. */
    const ringGroup = async (store: TestStore, calls: TestStore['calls']) => {
      const ids: string[] = []
      for (const recipient of ['bob', 'carol', 'dave']) {
        const { ringId } = await calls.claim(`job-${recipient}`, ringToClaim({ ...group, recipient }))
        await addDevices(
          store,
          ringId,
          new Map([
            ['phone-1', iphone],
            ['phone-2', android],
          ]),
        )
        ids.push(ringId)
      }
      const [damaged = ''] = ids
      return damaged
    }

    const ringDamages: [string, Damage, string[]][] = [
      ['a time that is no number', ({ redis }, key) => redis.hset(key, 'receivedAt', 'soon'), ['receivedAt']],
      ['no deadline', ({ redis }, key) => redis.hdel(key, 'deadline'), ['deadline']],
      [
        'another type of value',
        async ({ redis }, key) => {
          await redis.del(key)
          await redis.set(key, TOKEN)
        },
        [],
      ],
    ]

    it.for(ringDamages)(
      'is left out of a call and reported: %s (F39)',
      async ([_, damage, fields], { store, reporting: { calls, reports } }) => {
        const ringId = await ringGroup(store, calls)
        await damage(store, store.keys.ring(ringId))
        const call = await calls.read(APP_ID, SESSION_ID)
        expect(call?.rings.map(({ recipient }) => recipient).sort()).toEqual(['carol', 'dave'])
        expect(reports).toEqual([{ kind: 'ring', ringId, fields: expect.arrayContaining(fields) }])
      },
    )

    it.for(ringDamages)(
      'does not keep the other rings from ending: %s',
      async ([_, damage], { store, reporting: { calls, reports } }) => {
        const ringId = await ringGroup(store, calls)
        await damage(store, store.keys.ring(ringId))
        const end = { kind: 'end', action: 'cancelled', sessionId: SESSION_ID } as const
        const ended = await calls.end('job-end', APP_ID, end, ARRIVED_AT + 1_000)
        expect(ended.map(({ recipient }) => recipient).sort()).toEqual(['carol', 'dave'])
        expect(ended.map(({ state }) => state)).toEqual(['ended', 'ended'])
        expect(reports).toMatchObject([{ kind: 'ring', ringId }])
      },
    )

    it.for(ringDamages)(
      'does not keep the other rings from being answered: %s',
      async ([_, damage], { store, reporting: { calls, reports } }) => {
        const ringId = await ringGroup(store, calls)
        await damage(store, store.keys.ring(ringId))
        const answer = { kind: 'answer', sessionId: SESSION_ID } as const
        const answered = await calls.answer('job-answer', APP_ID, answer, ARRIVED_AT + 1_000)
        expect(answered.map(({ recipient }) => recipient).sort()).toEqual(['carol', 'dave'])
        expect(reports).toMatchObject([{ kind: 'ring', ringId }])
      },
    )

    it('that a message announced does not keep a later announcement from ending', async ({
      store,
      reporting: { calls },
    }) => {
      const at = (later: number) => ringToClaim({ announcedBy: `message-${later}` }, later)
      const [first, second] = [await calls.claim('job-1', at(0)), await calls.claim('job-2', at(1_000))]
      await calls.claim('job-3', at(2_000))
      await store.redis.hset(store.keys.ring(first.ringId), 'deadline', 'soon')
      await store.redis.del(store.keys.ring(second.ringId))
      await store.redis.set(store.keys.ring(second.ringId), TOKEN)
      const end = { kind: 'end', action: 'ended', sessionId: SESSION_ID } as const
      const ended = await calls.end('job-end', APP_ID, end, ARRIVED_AT + 3_000)
      expect(ended).toMatchObject([{ state: 'ended', receivedAt: ARRIVED_AT + 2_000 }])
    })

    it('loses only the device whose part is damaged', async ({ store, reporting: { calls, reports } }) => {
      const ringId = await ringGroup(store, calls)
      for (const [part, fields] of [
        ['not JSON', []],
        ['{"platform":"ios","outcome":"unheard-of"}', ['outcome']],
        ['7', []],
      ] as const) {
        await store.redis.hset(store.keys.ring(ringId), 'device:phone-1', part)
        reports.length = 0
        const call = await calls.read(APP_ID, SESSION_ID)
        const bobs = call?.rings.find(({ recipient }) => recipient === 'bob')
        expect(bobs?.devices.map(({ deviceId }) => deviceId)).toEqual(['phone-2'])
        expect(reports).toEqual([{ kind: 'ring', ringId, deviceId: 'phone-1', fields }])
        const { queued } = await calls.claim('job-bob', ringToClaim({ ...group, recipient: 'bob' }))
        expect(queued.map(({ deviceId }) => deviceId)).toContain('phone-2')
        expect((await calls.beginAttempt(ringId, 'phone-1', ARRIVED_AT)).verdict).toMatch(/unknown|settled/)
        expect(await calls.recordDevice(ringId, 'phone-1', { outcome: 'accepted' })).toMatchObject({
          state: 'ringing',
        })
      }
      expect(await calls.beginAttempt(ringId, 'phone-2', ARRIVED_AT)).toMatchObject({ verdict: 'go' })
      const end = { kind: 'end', action: 'cancelled', sessionId: SESSION_ID } as const
      const ended = await calls.end('job-end', APP_ID, end, ARRIVED_AT + 1_000)
      expect(ended).toHaveLength(3)
    })

    it('starts no attempt, and is reported, if its event is damaged', async ({
      store,
      reporting: { calls, reports },
    }) => {
      const ringId = await ringGroup(store, calls)
      const { caller, ...event } = ringEvent()
      await store.redis.hset(store.keys.ring(ringId), 'event', JSON.stringify(event))
      expect(await calls.readEvent(ringId)).toBeUndefined()
      expect(await calls.beginAttempt(ringId, 'phone-1', ARRIVED_AT)).toEqual({ verdict: 'unknown' })
      const report = { kind: 'ring', ringId, fields: ['event.caller'] }
      expect(reports).toEqual([report, report])
    })
  })

  it.for([
    ['call', 'end', 'not JSON'],
    ['call', 'end', '7'],
    ['markers', 'end', '7'],
    ['markers', 'answer', '{"at":"soon"}'],
  ] as const)(
    'of an event that came before its ring does not keep the phone from ringing: %s, %s, %s',
    async ([where, field, marker], { store, reporting: { calls } }) => {
      const { keys } = store
      const bob = ringIdOf(APP_ID, { sessionId: SESSION_ID, recipient: 'bob', announcedBy: undefined })
      const key = where === 'call' ? keys.call(APP_ID, SESSION_ID) : keys.markers(bob)
      await store.redis.hset(key, field, marker)
      expect(await calls.claim('job-1', ringToClaim())).toMatchObject({ claim: 'claimed', state: 'ringing' })
      expect(await calls.read(APP_ID, SESSION_ID)).toMatchObject({ rings: [{ recipient: 'bob' }] })
      const end = { kind: 'end', action: 'cancelled', sessionId: SESSION_ID } as const
      expect(await calls.end('job-end', APP_ID, end, ARRIVED_AT + 1_000)).toHaveLength(1)
    },
  )

  it('of a ring is replaced when the ring is claimed', async ({ store, reporting: { calls } }) => {
    const { ringId } = await calls.claim('job-1', ringToClaim())
    await store.redis.del(store.keys.ring(ringId))
    await store.redis.set(store.keys.ring(ringId), TOKEN)
    expect(await calls.claim('job-1', ringToClaim())).toMatchObject({ claim: 'claimed', state: 'ringing' })
    expect((await calls.read(APP_ID, SESSION_ID))?.rings).toHaveLength(1)
  })
})
