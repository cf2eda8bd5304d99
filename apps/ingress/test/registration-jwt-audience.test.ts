import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type StartedRedis, startRedis } from '@ringer/fakes'
import { ConfigError, loadConfig, registrationGroup } from '@ringer/service'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { JwtMeant } from '../src/registration/authenticate.ts'
import { bearer, startIngress } from './start-ingress.ts'

const phone = { platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const issuer = 'https://securetoken.google.com/our-project'
const ours = { iss: issuer, aud: 'our-project' }
const mallorys = { iss: 'https://securetoken.google.com/mallorys', aud: 'mallorys' }

let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.close())

/** An ingress that trusts a key set, by which anybody has tokens made. */
async function startWithSharedKeySet(meant: JwtMeant) {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }]
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  const ingress = await startIngress(redis.url, {
    app: { registrationAuth: { kind: 'jwt', jwksUrl, ...meant } },
  })
  return async (claims: JWTPayload) => {
    const jwt = await new SignJWT({ sub: 'bob', exp: Math.floor(Date.now() / 1_000) + 600, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
      .sign(privateKey)
    return (await ingress.register(phone, { headers: { authorization: bearer(jwt) } })).status
  }
}

it.each<[string, JwtMeant]>([
  ['audience', { audience: 'our-project' }],
  ['issuer', { issuer }],
  ['audience and issuer', { audience: 'our-project', issuer }],
])('a JWT that a shared key set signed for another project is refused by its %s', async (_, meant) => {
  const register = await startWithSharedKeySet(meant)
  expect(await register(ours)).toBe(200)
  expect(await register(mallorys)).toBe(401)
  expect(await register({})).toBe(401)
})

const load = (env: Record<string, string>) => loadConfig(env, { registration: registrationGroup })

it('Google’s key set, which signs for all its projects, is not trusted without an audience', () => {
  const google = {
    REGISTRATION_AUTH: 'jwt',
    REGISTRATION_JWKS_URL:
      'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
  }
  expect(() => load(google)).toThrow(/REGISTRATION_JWT_AUDIENCE: is required/)
  const audience = 'our-project'
  expect(load({ ...google, REGISTRATION_JWT_AUDIENCE: audience }).registration).toMatchObject({ audience })
  expect(() => load({ REGISTRATION_JWT_AUDIENCE: audience })).toThrow(ConfigError)
})
