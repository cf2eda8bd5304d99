import { type StartedRedis, startRedis } from '@ringer/fakes'
import { createCometChatApi } from '@ringer/service'
import { fastify } from 'fastify'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { CheckAuthToken } from '../src/registration/authenticate.ts'
import { bearer, type StartedIngress, startIngress } from './start-ingress.ts'

const token = 'fcm-registration-token:APA91b_Bob'
const phone = { platform: 'android', token }

let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.close())

/** CometChat as far as a check goes: it knows one user's auth token. Notes what it is asked. */
async function startWithCometChat() {
  const asked: [string, string | undefined][] = []
  const check: CheckAuthToken = async (authToken, uid) => {
    asked.push([authToken, uid])
    if (authToken === 'token-of-bob') return { ok: true, uid: 'bob' }
    if (authToken === 'while-away') return { ok: false, kind: 'unavailable', reason: 'no answer within 2 s' }
    return { ok: false, kind: 'refused', reason: 'status 404, AUTH_ERR_AUTH_TOKEN_NOT_FOUND' }
  }
  const ingress = await startIngress(redis.url, { app: { registrationAuth: { kind: 'cometchat', check } } })
  return { ingress, asked }
}

const as = (authToken: string) => ({ headers: { authorization: bearer(authToken) } })
const registered = (ingress: StartedIngress, uid: string) => ingress.devices.list('default', uid)

it('registers the user whose auth token CometChat says it is', async () => {
  const { ingress } = await startWithCometChat()
  expect((await ingress.register(phone, as('token-of-bob'))).body.status).toBe('registered')
  expect((await ingress.register({ ...phone, uid: 'bob' }, as('token-of-bob'))).status).toBe(200)
  expect(await registered(ingress, 'bob')).toHaveLength(1)
})

it('asks about the user in the body, and believes CometChat only', async () => {
  const { ingress, asked } = await startWithCometChat()
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

it('unregisters and lists the phones of that user only', async () => {
  const { ingress } = await startWithCometChat()
  await ingress.register(phone, as('token-of-bob'))
  const path = '/api/push/unregister'
  expect((await ingress.register({ uid: 'carol', all: true }, { path, ...as('token-of-bob') })).status).toBe(
    403,
  )
  expect((await ingress.listDevices('?uid=carol', bearer('token-of-bob'))).status).toBe(403)
  expect((await ingress.listDevices('', bearer('token-of-bob'))).body.devices).toHaveLength(1)
  expect((await ingress.register({ all: true }, { path, ...as('token-of-bob') })).body.count).toBe(1)
})

it.each([
  ['of nobody', bearer('token-of-nobody')],
  ['missing', ''],
  ['without its scheme', 'token-of-bob'],
])('answers 401 to an auth token that is %s, and says why in the log', async (_, authorization) => {
  const { ingress } = await startWithCometChat()
  const answer = await ingress.register({ ...phone, uid: 'bob' }, { headers: { authorization } })
  expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="ringer"')
  expect(ingress.log()).toMatch(/AUTH_ERR_AUTH_TOKEN_NOT_FOUND|is missing/)
  expect(answer.text + ingress.log()).not.toContain('token-of-')
  expect(await ingress.listKeys()).toEqual([])
})

it('answers 503 while CometChat cannot be asked, and nothing is registered', async () => {
  const { ingress } = await startWithCometChat()
  const answer = await ingress.register({ ...phone, uid: 'bob' }, as('while-away'))
  expect(answer).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(ingress.log()).toContain('no answer within 2 s')
  expect(answer.text + ingress.log()).not.toContain('while-away')
  expect(await ingress.listKeys()).toEqual([])
})

it("goes by CometChat's REST API, which is asked once", async () => {
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
  const ingress = await startIngress(redis.url, { app: { registrationAuth: { kind: 'cometchat', check } } })
  const authToken = 'bob_1710141033938cf7e3c67cc44465440d4efac8de'
  for (let time = 0; time < 3; time += 1) {
    expect((await ingress.register(phone, as(authToken))).status).toBe(200)
  }
  expect(paths).toEqual([`/v3/users/bob/auth_tokens/${authToken}`])
  expect(await registered(ingress, 'bob')).toHaveLength(1)
})
