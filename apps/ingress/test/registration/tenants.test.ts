import { describe, expect } from 'vitest'
import type { RegistrationAuth } from '../../src/registration/authenticate.ts'
import { bearer, createTestTenant, it as ingressIt } from '../start-ingress.ts'

const phone = { uid: 'bob', platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const keyOf = (appId: string) => ({ kind: 'key' as const, key: `the-key-of-${appId}` })

const it = ingressIt.extend('startTenants', ({ startIngress }) => {
  /** Starts an ingress with a tenant for each app id; "default" stands for a tenant without a COMETCHAT_APP_ID. */
  return async (auths: Record<string, RegistrationAuth>, changesPerMinute = 60) => {
    const tenants = Object.entries(auths).map(([appId, registrationAuth]) =>
      createTestTenant({ registrationAuth, ...(appId !== 'default' && { appId }) }),
    )
    const ingress = await startIngress({ tenants, changesPerMinute })
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
})

describe('with several tenants', () => {
  const both = { chess: keyOf('chess'), poker: keyOf('poker') }

  it.for([
    ['in the query', '?appId=poker', {}],
    ['in the body', '', { appId: 'poker' }],
    ['in both', '?appId=poker', { appId: 'poker' }],
  ] as const)('accepts the app id %s', async ([_, query, more], { startTenants }) => {
    const ingress = await startTenants(both)
    expect((await ingress.register(query, { ...phone, ...more }, 'the-key-of-poker')).status).toBe(200)
    expect(await ingress.devices.list('poker', 'bob')).toHaveLength(1)
    expect(await ingress.devices.list('chess', 'bob')).toEqual([])
    const list = await ingress.list('?appId=poker&uid=bob', 'the-key-of-poker')
    expect(list.body.devices).toHaveLength(1)
    expect((await ingress.list('?appId=chess&uid=bob', 'the-key-of-chess')).body.devices).toEqual([])
  })

  it.for([
    ['?appId=poker', {}],
    ['', { appId: 'poker' }],
    ['?appId=poker', { appId: 'chess' }],
  ] as const)(
    'accepts only the credential of the tenant that the request names: %s %j',
    async ([query, more], { startTenants }) => {
      const ingress = await startTenants(both)
      expect((await ingress.register(query, { ...phone, ...more }, 'the-key-of-chess')).status).toBe(401)
      expect(await ingress.listKeys()).toEqual([])
    },
  )

  it.for([
    ['no app id is given', '', {}, /^appId: is required, in the query or the body/],
    ['the app id is unknown', '?appId=bridge', {}, /^appId: is not an app/],
    ['the app id in the body is unknown', '', { appId: 'bridge' }, /^appId: is not an app/],
    ['the query has two app ids', '?appId=poker&appId=chess', {}, /^appId: is not an app/],
    ['query and body name different tenants', '?appId=poker', { appId: 'chess' }, /^appId: is not the app/],
    ['the app id is a number', '', { appId: 7 }, /^appId: is required/],
  ] as const)('answers 400 if %s', async ([_, query, more, message], { startTenants }) => {
    const ingress = await startTenants(both)
    const answer = await ingress.register(query, { ...phone, ...more }, 'the-key-of-poker')
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'wrong_app' } } })
    expect(answer.body.error?.message).toMatch(message)
    expect(await ingress.listKeys()).toEqual([])
  })

  it('authenticates each tenant in its own way', async ({ startTenants }) => {
    const ingress = await startTenants({ chess: keyOf('chess'), poker: { kind: 'none' } })
    expect((await ingress.register('?appId=poker', phone, 'x')).status).toBe(200)
    expect((await ingress.register('?appId=chess', phone, 'x')).status).toBe(401)
  })

  it('keeps the devices and the request counts of tenants apart, even for the same user and token', async ({
    startTenants,
  }) => {
    const ingress = await startTenants(both, 1)
    for (const appId of ['poker', 'chess']) {
      expect((await ingress.register(`?appId=${appId}`, phone, `the-key-of-${appId}`)).status).toBe(200)
      expect(await ingress.devices.list(appId, 'bob')).toHaveLength(1)
      expect((await ingress.register(`?appId=${appId}`, phone, `the-key-of-${appId}`)).status).toBe(429)
    }
  })
})

describe('with one tenant', () => {
  it.for([
    ['', {}],
    ['?appId=chess', {}],
    ['', { appId: 'chess' }],
  ] as const)('accepts its app id, or none: %s %j', async ([query, more], { startTenants }) => {
    const ingress = await startTenants({ chess: keyOf('chess') })
    expect((await ingress.register(query, { ...phone, ...more }, 'the-key-of-chess')).status).toBe(200)
    expect(await ingress.devices.list('chess', 'bob')).toHaveLength(1)
  })

  it.for([
    ['?appId=poker', {}],
    ['', { appId: 'poker' }],
    ['?appId=chess', { appId: 'poker' }],
    ['?appId=', {}],
  ] as const)('refuses another app id: %s %j', async ([query, more], { startTenants }) => {
    const ingress = await startTenants({ chess: keyOf('chess') })
    const answer = await ingress.register(query, { ...phone, ...more }, 'the-key-of-chess')
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'wrong_app' } } })
    expect(await ingress.listKeys()).toEqual([])
  })

  it('accepts any app id if COMETCHAT_APP_ID is not set', async ({ startTenants }) => {
    const ingress = await startTenants({ default: keyOf('it') })
    for (const [query, more] of [
      ['?appId=poker', {}],
      ['', { appId: 'chess' }],
    ] as const) {
      expect((await ingress.register(query, { ...phone, ...more }, 'the-key-of-it')).status).toBe(200)
    }
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })
})
