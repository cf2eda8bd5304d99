import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { it, type StartedIngress } from '../start-ingress.ts'

const token = 'fcm-registration-token:APA91b_the-shared-phone'
const phone = { platform: 'android', token }

/** The security events in the log. */
const eventsOf = (ingress: StartedIngress) =>
  ingress
    .log()
    .split('\n')
    .filter(line => /"msg":"a token /.test(line))
    .map(line => JSON.parse(line) as Record<string, unknown>)

const fingerprint = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 16)

describe('a token that moves to another user', () => {
  it('is logged as a security event, with both device ids and without a user or a token', async ({
    ingress,
  }) => {
    await ingress.register({ ...phone, uid: 'bob', deviceId: "bob's pixel" })
    const answer = await ingress.register({ ...phone, uid: 'mallory', deviceId: 'another' })
    expect(answer).toMatchObject({ status: 200, body: { status: 'registered' } })
    expect(eventsOf(ingress)).toEqual([
      expect.objectContaining({
        level: 'warn',
        deviceId: answer.body.deviceId,
        from: fingerprint("bob's pixel"),
        to: fingerprint('another'),
        msg: 'a token moved to another user',
      }),
    ])
    expect(JSON.stringify(eventsOf(ingress))).not.toMatch(/bob|mallory/)
    expect(ingress.log()).not.toMatch(/bob's pixel|another"|APA91b/)
  })

  it('is not logged when its owner registers it again, or after its owner has unregistered it', async ({
    ingress,
  }) => {
    await ingress.register({ ...phone, uid: 'bob' })
    await ingress.register({ ...phone, uid: 'bob' })
    await ingress.register({ uid: 'bob', token }, { path: '/api/push/unregister' })
    await ingress.register({ ...phone, uid: 'carol' })
    expect(eventsOf(ingress)).toEqual([])
  })

  it('is limited: a user can take over 40 tokens of others a day, and still register tokens of their own', async ({
    startIngress,
  }) => {
    const ingress = await startIngress({ changesPerMinute: 1_000 })
    const tokenOf = (index: number) => `fcm-registration-token:APA91b_${index}`
    const register = (uid: string, index: number) =>
      ingress.register({ uid, platform: 'android', token: tokenOf(index) })
    for (let index = 0; index < 41; index += 1) await register(`victim-${index}`, index)
    for (let index = 0; index < 40; index += 1) expect((await register('mallory', index)).status).toBe(200)

    const refused = await register('mallory', 40)
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'too_many_moves' } } })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(86_000)
    expect(await ingress.devices.list('default', 'victim-40')).toHaveLength(1)
    expect(eventsOf(ingress).at(-1)).toMatchObject({ level: 'warn', reason: 'too-many-moves' })

    expect((await register('mallory', 41)).status).toBe(200)
    expect((await register('carol', 40)).status).toBe(200)
  })
})

describe('with REGISTRATION_MOVE=same-device', () => {
  const start = it.extend('ingress', ({ startIngress }) =>
    startIngress({ tenant: { registrationMove: 'same-device' } }),
  )

  start('a token moves with the same deviceId only', async ({ ingress }) => {
    await ingress.register({ ...phone, uid: 'bob', deviceId: 'install-7f3a' })
    for (const deviceId of [undefined, 'install-0000', 'INSTALL-7F3A']) {
      const refused = await ingress.register({ ...phone, uid: 'mallory', deviceId })
      expect(refused).toMatchObject({ status: 409, body: { error: { code: 'token_of_another_user' } } })
      expect(refused.body.error?.message).toMatch(/^token: .*same deviceId$/)
      expect(refused.text).not.toContain('install-7f3a')
    }
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
    expect(await ingress.devices.list('default', 'mallory')).toEqual([])
    expect(eventsOf(ingress)).toHaveLength(3)
    expect(eventsOf(ingress)[0]).toMatchObject({ level: 'warn', reason: 'other-device', to: 'none' })
    expect(JSON.stringify(eventsOf(ingress))).not.toMatch(/bob|mallory|APA91b/)

    expect((await ingress.register({ ...phone, uid: 'carol', deviceId: 'install-7f3a' })).status).toBe(200)
    expect(await ingress.devices.list('default', 'bob')).toEqual([])
  })

  start('a token that was registered without a deviceId does not move', async ({ ingress }) => {
    await ingress.register({ ...phone, uid: 'bob' })
    expect((await ingress.register({ ...phone, uid: 'mallory' })).status).toBe(409)
    expect((await ingress.register({ ...phone, uid: 'bob', deviceId: 'install-7f3a' })).status).toBe(200)
  })
})
