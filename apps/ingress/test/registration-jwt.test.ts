import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type StartedRedis, startRedis } from '@ringer/fakes'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Answer } from './send.ts'
import { bearer, type StartedIngress, startIngress } from './start-ingress.ts'

const token = 'fcm-registration-token:APA91b_Bob'
const phone = { platform: 'android', token }
const jwtSecret = 'the-secret-of-the-identity-provider'

let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.close())

const bytesOf = (secret: string) => new TextEncoder().encode(secret)

const issue = (claims: JWTPayload, secret: string | Uint8Array = jwtSecret, alg = 'HS256') =>
  new SignJWT({ exp: Math.floor(Date.now() / 1_000) + 600, ...claims })
    .setProtectedHeader({ alg })
    .sign(typeof secret === 'string' ? bytesOf(secret) : secret)

const unsigned = (claims: object) =>
  `${[{ alg: 'none' }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

describe('with a JWT and a shared secret', () => {
  let ingress: StartedIngress
  beforeEach(async () => {
    ingress = await startIngress(redis.url, { app: { registrationAuth: { kind: 'jwt', secret: jwtSecret } } })
  })
  const register = (jwt: string, body: object = phone, path?: string) =>
    ingress.register(body, { headers: { authorization: bearer(jwt) }, ...(path && { path }) })

  it('registers the user that the claim sub names', async () => {
    expect((await register(await issue({ sub: 'bob' }))).body.status).toBe('registered')
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })

  it.each(['HS256', 'HS384', 'HS512'])('takes %s', async alg => {
    expect((await register(await issue({ sub: 'bob' }, jwtSecret, alg))).status).toBe(200)
  })

  it('takes a body that names the same user, and refuses one that names another', async () => {
    const jwt = await issue({ sub: 'bob' })
    expect((await register(jwt, { ...phone, uid: 'bob' })).status).toBe(200)
    const answer = await register(jwt, { ...phone, uid: 'carol' })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'wrong_user' } } })
    expect(answer.body.error?.message).toContain('uid: ')
    expect(await ingress.devices.list('default', 'carol')).toEqual([])
  })

  it('unregisters a phone of that user only', async () => {
    await register(await issue({ sub: 'bob' }))
    const path = '/api/push/unregister'
    const carol = await issue({ sub: 'carol' })
    expect((await register(carol, { token }, path)).body).toMatchObject({ status: 'unknown' })
    expect((await register(carol, { token, uid: 'bob' }, path)).status).toBe(403)
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
    expect((await register(await issue({ sub: 'bob' }), { token }, path)).body).toMatchObject({
      status: 'unregistered',
    })
  })

  const now = Math.floor(Date.now() / 1_000)
  it.each<[string, () => Promise<string> | string]>([
    ['of another secret', () => issue({ sub: 'bob' }, 'the-secret-of-somebody-else')],
    ['of an empty secret', () => issue({ sub: 'bob' }, new Uint8Array(1))],
    ['that expired', () => issue({ sub: 'bob', exp: now - 60 })],
    ['that is not valid yet', () => issue({ sub: 'bob', nbf: now + 600 })],
    ['without sub', () => issue({ uid: 'bob' })],
    ['with an empty sub', () => issue({ sub: '' })],
    ['whose sub is a number', () => issue({ sub: 7 as unknown as string })],
    ['whose sub is an object', () => issue({ sub: { uid: 'bob' } as unknown as string })],
    ['whose sub is too long', () => issue({ sub: 'b'.repeat(101) })],
    ['without a signature', () => unsigned({ sub: 'bob' })],
    ['cut', async () => (await issue({ sub: 'bob' })).slice(0, -3)],
    [
      'with its claims exchanged',
      async () => {
        const [head, , seal] = (await issue({ sub: 'bob' })).split('.')
        return [head, Buffer.from('{"sub":"carol"}').toString('base64url'), seal].join('.')
      },
    ],
    ['that is none', () => 'hush9d1f0c'],
    ['of three empty parts', () => '..'],
  ])('is answered 401 with a JWT %s', async (_, make) => {
    const jwt = await make()
    const answer = await register(jwt)
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
    expect(await ingress.listKeys()).toEqual([])
    if (jwt.length > 2) expect(answer.text + ingress.log()).not.toContain(jwt)
  })

  it('is answered 401 without a JWT', async () => {
    expect((await ingress.register(phone, { headers: { authorization: '' } })).status).toBe(401)
  })
})

describe('with a JWT and a key set', () => {
  it.each(['RS256', 'ES256', 'EdDSA'])('takes %s of a key in the set', async alg => {
    const { ingress, issuer } = await startWithKeySet(alg)
    expect((await register(ingress, await issuer({ sub: 'bob' }))).body.status).toBe('registered')
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })

  it('asks again for a key set that was not to be had', async () => {
    const { ingress, keySet, issuer } = await startWithKeySet('ES256')
    const jwt = await issuer({ sub: 'bob' })
    keySet.answer({ status: 503 })
    expectUnavailable(await register(ingress, jwt))
    keySet.answer({ status: 200 })
    expect((await register(ingress, jwt)).status).toBe(200)
  })

  it('refuses the public key taken for a shared secret', async () => {
    const { ingress, publicKey } = await startWithKeySet('RS256')
    const pem = await exportSPKI(publicKey)
    for (const secret of [pem, pem.trim()]) {
      expectRefusal(await register(ingress, await issue({ sub: 'bob' }, secret)))
    }
    expectRefusal(await register(ingress, unsigned({ sub: 'bob' })))
    expect(await ingress.listKeys()).toEqual([])
  })

  it('refuses the key of somebody else under the same name, and one that expired', async () => {
    const { ingress, issuer } = await startWithKeySet('RS256')
    const other = await startWithKeySet('RS256')
    expectRefusal(await register(ingress, await other.issuer({ sub: 'bob' })))
    expectRefusal(await register(ingress, await issuer({ sub: 'bob', exp: 1 })))
    expectRefusal(await register(ingress, await issuer({})))
  })

  it.each<[string, (keySet: KeySet) => void]>([
    ['is not to be had', keySet => keySet.close()],
    ['is an error page', keySet => keySet.answer({ status: 500 })],
    ['has moved', keySet => keySet.answer({ status: 302 })],
    ['is not JSON', keySet => keySet.answer({ body: '<html>' })],
    ['is not a key set', keySet => keySet.answer({ body: '{"keys":7}' })],
  ])('answers 503 when the key set %s, and nothing is registered', async (_, spoil) => {
    const { ingress, keySet, issuer } = await startWithKeySet('ES256')
    const jwt = await issuer({ sub: 'bob' })
    spoil(keySet)
    expectUnavailable(await register(ingress, jwt))
    expect(await ingress.listKeys()).toEqual([])
  })
})

const register = (ingress: StartedIngress, jwt: string) =>
  ingress.register(phone, { headers: { authorization: bearer(jwt) } })

function expectRefusal(answer: Answer) {
  expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
}

function expectUnavailable(answer: Answer) {
  expect(answer).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
}

type KeySet = Awaited<ReturnType<typeof serveKeySet>>

async function startWithKeySet(alg: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  const keySet = await serveKeySet([{ ...(await exportJWK(publicKey)), kid: 'key-1', alg, use: 'sig' }])
  const ingress = await startIngress(redis.url, {
    app: { registrationAuth: { kind: 'jwt', jwksUrl: keySet.url } },
  })
  const issuer = (claims: JWTPayload) =>
    new SignJWT({ exp: Math.floor(Date.now() / 1_000) + 600, ...claims })
      .setProtectedHeader({ alg, kid: 'key-1' })
      .sign(privateKey)
  return { ingress, keySet, issuer, publicKey }
}

/** An identity provider's key set, which may be changed or taken away. */
async function serveKeySet(keys: object[]) {
  const current = { status: 200, body: '' }
  const server = createServer((_request, response) => {
    response.writeHead(current.status, { 'content-type': 'application/json', connection: 'close' })
    response.end(current.body || JSON.stringify({ keys }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => void server.close()
  onTestFinished(close)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    answer: (otherwise: Partial<typeof current>) => void Object.assign(current, otherwise),
    close,
  }
}
