import { createCometChatApi } from '@ringer/service'
import { fastify } from 'fastify'
import { expect, onTestFinished } from 'vitest'
import type { CheckAuthToken } from '../../src/registration/authenticate.ts'
import { bearer, it as ingressIt, type StartedIngress } from '../start-ingress.ts'

const token = 'fcm-registration-token:APA91b_Bob'
const phone = { platform: 'android', token }

const it = ingressIt
  .extend('asked', (): [string, string | undefined][] => [])
  // This ingress has a stub for CometChat's check, which knows one auth token and notes in `asked` what it is asked.
  .extend('ingress', ({ startIngress, asked }) => {
    const check: CheckAuthToken = async (authToken, uid) => {
      asked.push([authToken, uid])
      if (authToken === 'token-of-bob') return { ok: true, uid: 'bob' }
      if (authToken === 'while-away')
        return { ok: false, kind: 'unavailable', reason: 'no answer within 2 s' }
      return { ok: false, kind: 'refused', reason: 'status 404, AUTH_ERR_AUTH_TOKEN_NOT_FOUND' }
    }
    return startIngress({ tenant: { registrationAuth: { kind: 'cometchat', check } } })
  })

const as = (authToken: string) => ({ headers: { authorization: bearer(authToken) } })
const registered = (ingress: StartedIngress, uid: string) => ingress.devices.list('default', uid)

it('registers a phone for the user that CometChat names for the auth token', async ({ ingress }) => {
  expect((await ingress.register(phone, as('token-of-bob'))).body.status).toBe('registered')
  expect((await ingress.register({ ...phone, uid: 'bob' }, as('token-of-bob'))).status).toBe(200)
  expect(await registered(ingress, 'bob')).toHaveLength(1)
})

it('asks CometChat about the user in the body, and trusts only the uid in its answer', async ({
  ingress,
  asked,
}) => {
  const answer = await ingress.register({ ...phone, uid: 'carol' }, as('token-of-bob'))
  expect(asked).toEqual([['token-of-bob', 'carol']])
  expect(answer).toMatchObject({ status: 403, body: { error: { code: 'wrong_user' } } })
  expect(await ingress.listKeys()).toEqual([])
  await ingress.listDevices('?uid=dave', bearer('token-of-bob'))
  await ingress.register(phone, as('token-of-bob'))
  await ingress.register({ ...phone, uid: 7 }, as('token-of-bob'))
  await ingress.register('{', as('token-of-bob'))
  expect(asked.map(([, uid]) => uid)).toEqual(['carol', 'dave', undefined, undefined, undefined])
})

it('unregisters and lists only the phones of the user that the auth token belongs to', async ({
  ingress,
}) => {
  await ingress.register(phone, as('token-of-bob'))
  const path = '/api/push/unregister'
  expect((await ingress.register({ uid: 'carol', all: true }, { path, ...as('token-of-bob') })).status).toBe(
    403,
  )
  expect((await ingress.listDevices('?uid=carol', bearer('token-of-bob'))).status).toBe(403)
  expect((await ingress.listDevices('', bearer('token-of-bob'))).body.devices).toHaveLength(1)
  expect((await ingress.register({ all: true }, { path, ...as('token-of-bob') })).body.count).toBe(1)
})

it.for([
  ['unknown', bearer('token-of-nobody')],
  ['missing', ''],
  ['without its scheme', 'token-of-bob'],
] as const)(
  'answers 401 if the auth token is %s, and logs the reason',
  async ([_, authorization], { ingress }) => {
    const answer = await ingress.register({ ...phone, uid: 'bob' }, { headers: { authorization } })
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="ringer"')
    expect(ingress.log()).toMatch(/AUTH_ERR_AUTH_TOKEN_NOT_FOUND|is missing/)
    expect(answer.text + ingress.log()).not.toContain('token-of-')
    expect(await ingress.listKeys()).toEqual([])
  },
)

it('answers 503 and registers nothing while CometChat is unavailable', async ({ ingress }) => {
  const answer = await ingress.register({ ...phone, uid: 'bob' }, as('while-away'))
  expect(answer).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(ingress.log()).toContain('no answer within 2 s')
  expect(answer.text + ingress.log()).not.toContain('while-away')
  expect(await ingress.listKeys()).toEqual([])
})

it("checks an auth token once with CometChat's REST API", async ({ startIngress }) => {
  const cometchat = fastify()
  const paths: string[] = []
  cometchat.get('/v3/users/:uid/auth_tokens/:authToken', async request => {
    paths.push(request.url)
    const { uid, authToken } = request.params as { uid: string; authToken: string }
    return { data: { uid, authToken, createdAt: 1 } }
  })
  onTestFinished(() => cometchat.close())
  const url = `${await cometchat.listen({ host: '127.0.0.1', port: 0 })}/v3`
  const check = createCometChatApi({ url, apiKey: 'key' }).checkAuthToken
  const ingress = await startIngress({
    tenant: { registrationAuth: { kind: 'cometchat', check } },
  })
  const authToken = 'bob_1710141033938cf7e3c67cc44465440d4efac8de'
  for (let time = 0; time < 3; time += 1) {
    expect((await ingress.register(phone, as(authToken))).status).toBe(200)
  }
  expect(paths).toEqual([`/v3/users/bob/auth_tokens/${authToken}`])
  expect(await registered(ingress, 'bob')).toHaveLength(1)
})
