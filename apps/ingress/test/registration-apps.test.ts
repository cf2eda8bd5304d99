import { type StartedRedis, startRedis } from '@ringer/fakes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RegistrationAuth } from '../src/registration/authenticate.ts'
import { bearer, onlyApp, startIngress } from './start-ingress.ts'

const phone = { uid: 'bob', platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const keyOf = (appId: string) => ({ kind: 'key' as const, key: `the-key-of-${appId}` })

let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.close())

describe('one of several apps', () => {
  const both = { chess: keyOf('chess'), poker: keyOf('poker') }

  it.each([
    ['in the query', '?appId=poker', {}],
    ['in the body', '', { appId: 'poker' }],
    ['in both', '?appId=poker', { appId: 'poker' }],
  ])('is named %s', async (_, query, more) => {
    const ingress = await startApps(both)
    expect((await ingress.register(query, { ...phone, ...more }, 'the-key-of-poker')).status).toBe(200)
    expect(await ingress.devices.list('poker', 'bob')).toHaveLength(1)
    expect(await ingress.devices.list('chess', 'bob')).toEqual([])
    const list = await ingress.list('?appId=poker&uid=bob', 'the-key-of-poker')
    expect(list.body.devices).toHaveLength(1)
    expect((await ingress.list('?appId=chess&uid=bob', 'the-key-of-chess')).body.devices).toEqual([])
  })

  it.each([
    ['?appId=poker', {}],
    ['', { appId: 'poker' }],
    ['?appId=poker', { appId: 'chess' }],
  ])('is open to its own credential only: %s %j', async (query, more) => {
    const ingress = await startApps(both)
    expect((await ingress.register(query, { ...phone, ...more }, 'the-key-of-chess')).status).toBe(401)
    expect(await ingress.listKeys()).toEqual([])
  })

  it.each([
    ['none is named', '', {}, /^appId: is required, in the query or the body/],
    ['another is named', '?appId=bridge', {}, /^appId: is not an app/],
    ['another is named in the body', '', { appId: 'bridge' }, /^appId: is not an app/],
    ['two are named in the query', '?appId=poker&appId=chess', {}, /^appId: is not an app/],
    ['the body is of another', '?appId=poker', { appId: 'chess' }, /^appId: is not the app/],
    ['it is a number', '', { appId: 7 }, /^appId: is required/],
  ])('is not guessed where %s', async (_, query, more, message) => {
    const ingress = await startApps(both)
    const answer = await ingress.register(query, { ...phone, ...more }, 'the-key-of-poker')
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'wrong_app' } } })
    expect(answer.body.error?.message).toMatch(message)
    expect(await ingress.listKeys()).toEqual([])
  })

  it('may be authenticated in another way than the others', async () => {
    const ingress = await startApps({ chess: keyOf('chess'), poker: { kind: 'none' } })
    expect((await ingress.register('?appId=poker', phone, 'x')).status).toBe(200)
    expect((await ingress.register('?appId=chess', phone, 'x')).status).toBe(401)
  })

  it('has the same token and the same user as another, and its own count of requests', async () => {
    const ingress = await startApps(both, 1)
    for (const app of ['poker', 'chess']) {
      expect((await ingress.register(`?appId=${app}`, phone, `the-key-of-${app}`)).status).toBe(200)
      expect(await ingress.devices.list(app, 'bob')).toHaveLength(1)
      expect((await ingress.register(`?appId=${app}`, phone, `the-key-of-${app}`)).status).toBe(429)
    }
  })
})

describe('the only app', () => {
  it.each([
    ['', {}],
    ['?appId=chess', {}],
    ['', { appId: 'chess' }],
  ])('need not be named, and may be: %s %j', async (query, more) => {
    const ingress = await startApps({ chess: keyOf('chess') })
    expect((await ingress.register(query, { ...phone, ...more }, 'the-key-of-chess')).status).toBe(200)
    expect(await ingress.devices.list('chess', 'bob')).toHaveLength(1)
  })

  it.each([
    ['?appId=poker', {}],
    ['', { appId: 'poker' }],
    ['?appId=chess', { appId: 'poker' }],
    ['?appId=', {}],
  ])('is not another: %s %j', async (query, more) => {
    const ingress = await startApps({ chess: keyOf('chess') })
    const answer = await ingress.register(query, { ...phone, ...more }, 'the-key-of-chess')
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'wrong_app' } } })
    expect(await ingress.listKeys()).toEqual([])
  })

  it('may be called anything where no COMETCHAT_APP_ID is set', async () => {
    const ingress = await startApps({ default: keyOf('it') })
    for (const [query, more] of [
      ['?appId=poker', {}],
      ['', { appId: 'chess' }],
    ] as const) {
      expect((await ingress.register(query, { ...phone, ...more }, 'the-key-of-it')).status).toBe(200)
    }
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })
})

/** An ingress for these apps; one that is called "default" has no name of its own. */
async function startApps(auths: Record<string, RegistrationAuth>, changesPerMinute = 60) {
  const apps = Object.entries(auths).map(([appId, registrationAuth]) =>
    onlyApp({ registrationAuth, ...(appId !== 'default' && { appId }) }),
  )
  const ingress = await startIngress(redis.url, { apps, changesPerMinute })
  return {
    ...ingress,
    register: (query: string, body: object, key: string) =>
      ingress.register(body, {
        path: `/api/push/register${query}`,
        headers: { authorization: bearer(key) },
      }),
    list: (query: string, key: string) => ingress.listDevices(query, bearer(key)),
  }
}
