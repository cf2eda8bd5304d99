import { EARLY_ANSWERS } from '@ringer/store'
import { describe, expect } from 'vitest'
import { createRegistrationLimit } from '../apps/ingress/src/registration/create-registration-limit.ts'
import { signalledRing } from '../packages/payloads/test/webhooks.ts'
import { deliver, post, register, tokens } from './webhooks.ts'
import { registrationKey, type World, it as worldIt } from './world.ts'

// Any signed-in user can report that they answered a session, with any session id.

const it = worldIt.extend('report', async ({ world }) => {
  // Only the limit of early answers counts here.
  const limitRegistrations = createRegistrationLimit(world.reader, world.prefix, 100_000)
  const ingress = await world.addIngress({ limitRegistrations, storeLimitMs: 5_000 })
  return (sessionId: string, uid = 'bob') =>
    post(
      `${ingress}/api/push/answered`,
      JSON.stringify({
        uid,
        sessionId,
        token: uid === 'bob' ? tokens.android : `phone-of-${uid}-0123456789`,
      }),
      { authorization: `Bearer ${registrationKey}` },
    )
})

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
})

const stateOf = async (world: World, sessionId: string) =>
  (await world.records.read('default', sessionId))?.rings.map(({ recipient, state }) => [recipient, state])

/** How much the keys of this test take in Redis, in bytes, without BullMQ's list of events, which it keeps short itself. */
async function bytesOf({ reader, prefix }: World) {
  const keys = (await reader.keys(`${prefix}*`)).filter(key => !key.endsWith(':events'))
  const sizes = await Promise.all(keys.map(key => reader.call('MEMORY', 'USAGE', key)))
  return sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0)
}

describe('an answer to a session that never rang this user', () => {
  it('is refused after a few such answers, and takes no more room in Redis', async ({ world, report }) => {
    world.addWorker()
    const before = await bytesOf(world)
    for (let index = 0; index < EARLY_ANSWERS; index += 1) {
      expect((await report(`v1.eu.made-up-${index}`)).status).toBe(200)
    }
    const refused = await report('v1.eu.one-too-many')
    expect(refused).toMatchObject({ status: 404, body: { error: { code: 'unknown_call' } } })
    expect(refused.body.error?.message).toMatch(/^sessionId: /)
    // The early ones have left their markers.
    await expect
      .poll(async () => (await world.reader.keys(`${world.prefix}:markers:*`)).length)
      .toBe(EARLY_ANSWERS)

    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => report(`v1.eu.more-${index}`)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]))
    expect(await world.reader.keys(`${world.prefix}:markers:*`)).toHaveLength(EARLY_ANSWERS)
    expect((await bytesOf(world)) - before).toBeLessThan(5_000)
    expect(await world.records.read('default', 'v1.eu.made-up-0')).toBeUndefined()
    expect(await world.records.read('default', 'v1.eu.more-0')).toBeUndefined()
  })

  it('leaves only keys that expire within ten minutes', async ({ world, report }) => {
    world.addWorker()
    const known = new Set(await world.reader.keys(`${world.prefix}*`))
    await report('v1.eu.made-up')
    const added = async () =>
      (await world.reader.keys(`${world.prefix}*`)).filter(
        key => /:(early|markers|de):/.test(key) && !known.has(key),
      )
    await expect.poll(added).toEqual(expect.arrayContaining([expect.stringContaining(':markers:')]))
    const left = await Promise.all((await added()).map(key => world.reader.pttl(key)))
    for (const ms of left) {
      expect(ms).not.toBe(-1)
      expect(ms).toBeLessThanOrEqual(600_000)
    }
  })

  it('does not count against another user', async ({ world, report }) => {
    await register(world.ingress, { uid: 'carol', platform: 'android', token: 'phone-of-carol-0123456789' })
    for (let index = 0; index <= EARLY_ANSWERS; index += 1) await report(`v1.eu.made-up-${index}`)
    expect((await report('v1.eu.made-up', 'carol')).status).toBe(200)
  })

  it('is refused also if the session rang another user', async ({ world, report }) => {
    await register(world.ingress, { uid: 'carol', platform: 'android', token: 'phone-of-carol-0123456789' })
    world.addWorker()
    const call = { sessionId: 'v1.eu.carols', sentAt: Date.now(), callee: { uid: 'carol', name: 'Carol' } }
    await deliver(world.ingress, signalledRing(call))
    await expect.poll(() => stateOf(world, call.sessionId)).toEqual([['carol', 'ringing']])
    for (let index = 0; index < EARLY_ANSWERS; index += 1) await report(`v1.eu.made-up-${index}`)
    expect((await report(call.sessionId)).status).toBe(404)
    expect(await stateOf(world, call.sessionId)).toEqual([['carol', 'ringing']])
  })
})

describe('an answer to a call', () => {
  const call = { sessionId: 'v1.eu.bobs' }

  it('that rang this user is stored, however many others were refused', async ({ world, report }) => {
    world.addWorker()
    await deliver(world.ingress, signalledRing({ ...call, sentAt: Date.now() }))
    await expect.poll(() => stateOf(world, call.sessionId)).toEqual([['bob', 'ringing']])
    for (let index = 0; index <= EARLY_ANSWERS; index += 1) await report(`v1.eu.made-up-${index}`)
    expect((await report(call.sessionId)).status).toBe(200)
    await expect.poll(() => stateOf(world, call.sessionId)).toEqual([['bob', 'answered']])
  })

  it('that overtakes its call keeps the user’s phones silent', async ({ world, report }) => {
    world.addWorker()
    expect((await report(call.sessionId)).body.status).toBe('queued')
    await expect.poll(() => world.reader.keys(`${world.prefix}:markers:*`)).toHaveLength(1)
    await deliver(world.ingress, signalledRing({ ...call, sentAt: Date.now() }))
    await expect.poll(() => stateOf(world, call.sessionId)).toEqual([['bob', 'answered']])
    expect(world.apns.received).toEqual([])
  })
})
