import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError, loadConfig, registrationGroup } from '@ringer/service'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { expect, onTestFinished } from 'vitest'
import type { ExpectedClaims } from '../../src/registration/jwt/create-jwt-verifier.ts'
import { bearer, it, type StartIngress } from '../start-ingress.ts'

const phone = { platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const issuer = 'https://securetoken.google.com/our-project'
const ours = { iss: issuer, aud: 'our-project' }
const mallorys = { iss: 'https://securetoken.google.com/mallorys', aud: 'mallorys' }

/** Starts an ingress that trusts a key set which also signs JWTs for other projects. */
async function startWithSharedKeySet(startIngress: StartIngress, expected: ExpectedClaims) {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }]
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  const ingress = await startIngress({
    tenant: { registrationAuth: { kind: 'jwt', jwksUrl, ...expected } },
  })
  return async (claims: JWTPayload) => {
    const jwt = await new SignJWT({ sub: 'bob', ...claims })
      .setIssuedAt()
      .setExpirationTime('10m')
      .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
      .sign(privateKey)
    return (await ingress.register(phone, { headers: { authorization: bearer(jwt) } })).status
  }
}

it.for<[string, ExpectedClaims]>([
  ['audience', { audience: 'our-project' }],
  ['issuer', { issuer }],
  ['audience and issuer', { audience: 'our-project', issuer }],
])(
  'refuses a JWT that a shared key set signed for another project, by %s',
  async ([_, expected], { startIngress }) => {
    const register = await startWithSharedKeySet(startIngress, expected)
    expect(await register(ours)).toBe(200)
    expect(await register(mallorys)).toBe(401)
    expect(await register({})).toBe(401)
  },
)

const load = (env: Record<string, string>) =>
  loadConfig(env, { registration: registrationGroup }, { fields: {} })

it('refuses to load settings with Google’s key set, which signs for every Firebase project, and no audience', () => {
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
