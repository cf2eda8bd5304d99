import { type JWTPayload, SignJWT } from 'jose'
import { describe, expect } from 'vitest'
import { bearer, it as ingressIt } from '../start-ingress.ts'

const phone = { platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const secret = 'the-secret-of-the-identity-provider'
const previousSecret = 'the-secret-of-last-year-of-the-provider'
const DAY = 86_400

const sign = (claims: JWTPayload, key = secret) =>
  new SignJWT({ sub: 'bob', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(key))

const it = ingressIt.extend(
  'registerWith',
  ({ startIngress }) =>
    async (
      auth: { maxAgeSeconds?: number; previousSecret?: string; issuer?: string; audience?: string },
      jwt: string,
    ) => {
      const ingress = await startIngress({ tenant: { registrationAuth: { kind: 'jwt', secret, ...auth } } })
      const answer = await ingress.register(phone, { headers: { authorization: bearer(jwt) } })
      if (answer.status !== 200) expect(await ingress.listKeys()).toEqual([])
      return answer.status
    },
)

describe('a JWT', () => {
  const now = Math.floor(Date.now() / 1_000)
  const inAnHour = now + 3_600
  const inAYear = now + 365 * DAY

  it.for<[string, JWTPayload, maxAgeSeconds: number | undefined, status: number]>([
    ['without exp', { iat: now }, undefined, 401],
    ['without exp and iat', {}, undefined, 401],
    ['without iat', { exp: inAnHour }, undefined, 401],
    [
      'that is a day and a minute old, whatever its exp',
      { iat: now - DAY - 60, exp: inAYear },
      undefined,
      401,
    ],
    ['that is nearly a day old', { iat: now - DAY + 60, exp: inAnHour }, undefined, 200],
    ['that is older than REGISTRATION_JWT_MAX_AGE_SECONDS', { iat: now - 700, exp: inAnHour }, 600, 401],
    ['that is younger than REGISTRATION_JWT_MAX_AGE_SECONDS', { iat: now - 500, exp: inAnHour }, 600, 200],
    ['made in the future, which would be young for long', { iat: now + 600, exp: inAYear }, undefined, 401],
    ['of an issuer whose clock is 10 s fast', { iat: now + 10, exp: inAnHour }, undefined, 200],
    ['whose exp is a text', { iat: now, exp: 'never' as unknown as number }, undefined, 401],
  ])('%s is answered $3', async ([_, claims, maxAgeSeconds, status], { registerWith }) => {
    const auth = maxAgeSeconds === undefined ? {} : { maxAgeSeconds }
    expect(await registerWith(auth, await sign(claims))).toBe(status)
  })

  it.for<[string, JWTPayload, string, number]>([
    ['the previous secret is accepted', {}, previousSecret, 200],
    ['the current secret is accepted beside the previous one', {}, secret, 200],
    ['another secret is refused', {}, 'the-secret-of-somebody-else-entirely', 401],
    ['the previous secret is refused once it has expired', { exp: now - 60 }, previousSecret, 401],
    ['the previous secret is refused for another audience', { aud: 'theirs' }, previousSecret, 401],
  ])('signed with %s', async ([_, claims, key, status], { registerWith }) => {
    const jwt = await sign({ iat: now, exp: inAnHour, aud: 'ours', ...claims }, key)
    expect(await registerWith({ previousSecret, audience: 'ours' }, jwt)).toBe(status)
  })

  it('signed with a secret that was retired is refused', async ({ registerWith }) => {
    const jwt = await sign({ iat: now, exp: inAnHour }, previousSecret)
    expect(await registerWith({}, jwt)).toBe(401)
  })
})

describe('the registration key', () => {
  it('and the previous one are accepted while a backend changes to the new one', async ({ startIngress }) => {
    const auth = { kind: 'key' as const, key: 'orchard-lantern', previousKey: 'copper-kettle' }
    const ingress = await startIngress({ tenant: { registrationAuth: auth } })
    const statusWith = async (key: string) =>
      (await ingress.register({ ...phone, uid: 'bob' }, { headers: { authorization: bearer(key) } })).status
    expect(await statusWith('orchard-lantern')).toBe(200)
    expect(await statusWith('copper-kettle')).toBe(200)
    expect(await statusWith('copper-lantern')).toBe(401)
  })
})
