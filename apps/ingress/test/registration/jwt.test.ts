import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { describe, expect, onTestFinished } from 'vitest'
import type { Answer } from '../send.ts'
import { bearer, it as ingressIt, type StartedIngress, type StartIngress } from '../start-ingress.ts'

const token = 'fcm-registration-token:APA91b_Bob'
const phone = { platform: 'android', token }
const jwtSecret = 'the-secret-of-the-identity-provider'

const bytesOf = (secret: string) => new TextEncoder().encode(secret)

const issue = (claims: JWTPayload, secret: string | Uint8Array = jwtSecret, alg = 'HS256') =>
  new SignJWT({ exp: Math.floor(Date.now() / 1_000) + 600, iat: Math.floor(Date.now() / 1_000), ...claims })
    .setProtectedHeader({ alg })
    .sign(typeof secret === 'string' ? bytesOf(secret) : secret)

const unsigned = (claims: object) =>
  `${[{ alg: 'none' }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

describe('with REGISTRATION_AUTH=jwt and a shared secret', () => {
  const it = ingressIt
    .extend('ingress', ({ startIngress }) =>
      startIngress({ tenant: { registrationAuth: { kind: 'jwt', secret: jwtSecret } } }),
    )
    .extend(
      'register',
      ({ ingress }) =>
        (jwt: string, body: object = phone, path?: string) =>
          ingress.register(body, { headers: { authorization: bearer(jwt) }, ...(path && { path }) }),
    )

  it('registers a phone for the user in the claim sub', async ({ ingress, register }) => {
    expect((await register(await issue({ sub: 'bob' }))).body.status).toBe('registered')
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })

  it.for(['HS256', 'HS384', 'HS512'])('accepts %s', async (alg, { register }) => {
    expect((await register(await issue({ sub: 'bob' }, jwtSecret, alg))).status).toBe(200)
  })

  it('accepts a body that names the same user, and refuses one that names another', async ({
    ingress,
    register,
  }) => {
    const jwt = await issue({ sub: 'bob' })
    expect((await register(jwt, { ...phone, uid: 'bob' })).status).toBe(200)
    const answer = await register(jwt, { ...phone, uid: 'carol' })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'wrong_user' } } })
    expect(answer.body.error?.message).toContain('uid: ')
    expect(await ingress.devices.list('default', 'carol')).toEqual([])
  })

  it('unregisters phones of that user only', async ({ ingress, register }) => {
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
  it.for<[string, () => Promise<string> | string]>([
    ['signed with another secret', () => issue({ sub: 'bob' }, 'the-secret-of-somebody-else')],
    ['signed with an empty secret', () => issue({ sub: 'bob' }, new Uint8Array(1))],
    ['that expired', () => issue({ sub: 'bob', exp: now - 60 })],
    ['that is not valid yet', () => issue({ sub: 'bob', nbf: now + 600 })],
    ['without sub', () => issue({ uid: 'bob' })],
    ['with an empty sub', () => issue({ sub: '' })],
    ['whose sub is a number', () => issue({ sub: 7 as unknown as string })],
    ['whose sub is an object', () => issue({ sub: { uid: 'bob' } as unknown as string })],
    ['whose sub is too long', () => issue({ sub: 'b'.repeat(101) })],
    ['without a signature', () => unsigned({ sub: 'bob' })],
    ['cut short', async () => (await issue({ sub: 'bob' })).slice(0, -3)],
    [
      'with replaced claims',
      async () => {
        const [head, , seal] = (await issue({ sub: 'bob' })).split('.')
        return [head, Buffer.from('{"sub":"carol"}').toString('base64url'), seal].join('.')
      },
    ],
    ['that is just a word', () => 'hush9d1f0c'],
    ['of three empty parts', () => '..'],
  ])('answers 401 to a JWT %s', async ([_, make], { ingress, register }) => {
    const jwt = await make()
    const answer = await register(jwt)
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } })
    expect(await ingress.listKeys()).toEqual([])
    if (jwt.length > 2) expect(answer.text + ingress.log()).not.toContain(jwt)
  })

  it('answers 401 without a JWT', async ({ ingress }) => {
    expect((await ingress.register(phone, { headers: { authorization: '' } })).status).toBe(401)
  })
})

describe('with REGISTRATION_AUTH=jwt and a key set', () => {
  const it = ingressIt.extend(
    'startWithKeySet',
    ({ startIngress }) =>
      (alg: string) =>
        startWithKeySet(startIngress, alg),
  )

  it.for(['RS256', 'ES256', 'EdDSA'])(
    'accepts %s with a key in the set',
    async (alg, { startWithKeySet }) => {
      const { ingress, issuer } = await startWithKeySet(alg)
      expect((await register(ingress, await issuer({ sub: 'bob' }))).body.status).toBe('registered')
      expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
    },
  )

  it('fetches the key set again after a failure', { timeout: 20_000 }, async ({ startWithKeySet }) => {
    const { ingress, keySet, issuer } = await startWithKeySet('ES256')
    const jwt = await issuer({ sub: 'bob' })
    keySet.answer({ status: 503 })
    expectUnavailable(await register(ingress, jwt))
    keySet.answer({ status: 200 })
    const status = async () => (await register(ingress, jwt)).status
    await expect.poll(status, { timeout: 10_000, interval: 200 }).toBe(200)
  })

  it('refuses a JWT that was signed with the public key as a shared secret', async ({ startWithKeySet }) => {
    const { ingress, publicKey } = await startWithKeySet('RS256')
    const pem = await exportSPKI(publicKey)
    for (const secret of [pem, pem.trim()]) {
      expectRefusal(await register(ingress, await issue({ sub: 'bob' }, secret)))
    }
    expectRefusal(await register(ingress, unsigned({ sub: 'bob' })))
    expect(await ingress.listKeys()).toEqual([])
  })

  it('refuses JWTs that another key with the same id signed, that expired, or that have no sub', async ({
    startWithKeySet,
  }) => {
    const { ingress, issuer } = await startWithKeySet('RS256')
    const other = await startWithKeySet('RS256')
    expectRefusal(await register(ingress, await other.issuer({ sub: 'bob' })))
    expectRefusal(await register(ingress, await issuer({ sub: 'bob', exp: 1 })))
    expectRefusal(await register(ingress, await issuer({})))
  })

  it.for<[string, (keySet: KeySet) => void]>([
    ['is unreachable', keySet => keySet.close()],
    ['is an error page', keySet => keySet.answer({ status: 500 })],
    ['has moved', keySet => keySet.answer({ status: 302 })],
    ['is not JSON', keySet => keySet.answer({ body: '<html>' })],
    ['is not a key set', keySet => keySet.answer({ body: '{"keys":7}' })],
  ])('answers 503 and registers nothing if the key set %s', async ([_, spoil], { startWithKeySet }) => {
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

async function startWithKeySet(startIngress: StartIngress, alg: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  const keySet = await serveKeySet([{ ...(await exportJWK(publicKey)), kid: 'key-1', alg, use: 'sig' }])
  const ingress = await startIngress({
    tenant: { registrationAuth: { kind: 'jwt', jwksUrl: keySet.url } },
  })
  const issuer = (claims: JWTPayload) =>
    new SignJWT({ exp: Math.floor(Date.now() / 1_000) + 600, iat: Math.floor(Date.now() / 1_000), ...claims })
      .setProtectedHeader({ alg, kid: 'key-1' })
      .sign(privateKey)
  return { ingress, keySet, issuer, publicKey }
}

/** Serves an identity provider's key set; its answer can be changed, and the server closed. */
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
    answer: (change: Partial<typeof current>) => void Object.assign(current, change),
    close,
  }
}
