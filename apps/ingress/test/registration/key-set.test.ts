import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, onTestFinished } from 'vitest'
import { bearer, it, type StartedIngress } from '../start-ingress.ts'

/** What strangers can make the ingress ask of the identity provider whose key set it trusts. */

const FLOOD = 200

type Answer = (response: ServerResponse) => void

/** Serves a key set. `requests` counts what arrives; `answer` changes what is answered. */
async function serveKeySet() {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'known', alg: 'ES256' }] })
  const usual: Answer = response => response.setHeader('content-type', 'application/json').end(body)
  const state = { requests: 0, answer: usual, open: 0 }
  const server = createServer((_request, response) => {
    state.requests += 1
    state.open += 1
    response.on('error', () => {}).on('close', () => (state.open -= 1))
    state.answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  const issue = (kid: string, key = privateKey) =>
    new SignJWT({ sub: 'bob' })
      .setIssuedAt()
      .setExpirationTime('10m')
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(key)
  return Object.assign(state, { url, issue, usual })
}

const settings = (jwksUrl: string) => ({ tenant: { registrationAuth: { kind: 'jwt' as const, jwksUrl } } })

async function register(ingress: StartedIngress, jwt: string) {
  const phone = { platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
  return (await ingress.register(phone, { headers: { authorization: bearer(jwt) } })).status
}

/** Sends JWTs that name as many unknown keys, some at once, and returns the statuses that were answered. */
async function flood(ingress: StartedIngress, issue: (kid: string) => Promise<string>) {
  const statuses = new Set<number>()
  for (let sent = 0; sent < FLOOD; sent += 20) {
    const batch = Array.from({ length: 20 }, async (_, index) =>
      register(ingress, await issue(`unknown-${sent + index}`)),
    )
    for (const status of await Promise.all(batch)) statuses.add(status)
  }
  return [...statuses]
}

it('a flood of JWTs with unknown keys fetches the key set once, and keeps nobody from registering', async ({
  startIngress,
}) => {
  const keySet = await serveKeySet()
  const ingress = await startIngress(settings(keySet.url))
  // After some failures, an address gets 429.
  const refusals = [401, 429]
  expect((await flood(ingress, keySet.issue)).filter(status => !refusals.includes(status))).toEqual([])
  expect(keySet.requests).toBe(1)
  expect(await register(ingress, await keySet.issue('known'))).toBe(200)
  expect(keySet.requests).toBe(1)
})

it.for<[string, Answer]>([
  ['fails', response => response.writeHead(500).end()],
  ['is not JSON', response => response.end('<html>')],
  ['is not a key set', response => response.end('{"keys":7}')],
  ['breaks off', response => response.destroy()],
])('a flood of JWTs causes only one fetch of a key set that %s', async ([_, answer], { startIngress }) => {
  const keySet = await serveKeySet()
  keySet.answer = answer
  const ingress = await startIngress(settings(keySet.url))
  expect(await flood(ingress, keySet.issue)).toEqual([503])
  expect(keySet.requests).toBe(1)
})

it('a flood of JWTs causes only one fetch of a key set that never answers, for at most 2 s', async ({
  startIngress,
}) => {
  const keySet = await serveKeySet()
  keySet.answer = () => {}
  const ingress = await startIngress(settings(keySet.url))
  const startedAt = performance.now()
  expect(await flood(ingress, keySet.issue)).toEqual([503])
  expect(performance.now() - startedAt).toBeLessThan(8_000)
  expect(keySet.requests).toBe(1)
})

it('a key set whose body never ends is cut off', async ({ startIngress }) => {
  const keySet = await serveKeySet()
  let sent = 0
  keySet.answer = response => {
    const chunk = Buffer.alloc(16_384, ' ')
    const send = () => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length
    }
    response.on('drain', send)
    send()
  }
  const ingress = await startIngress(settings(keySet.url))
  const startedAt = performance.now()
  expect(await register(ingress, await keySet.issue('known'))).toBe(503)
  expect(performance.now() - startedAt).toBeLessThan(1_500)
  await expect.poll(() => keySet.open).toBe(0)
  // What was sent also fills the buffers of the sockets.
  expect(sent).toBeLessThan(20_000_000)
})

it('a redirect to the key set of somebody else is not followed', async ({ startIngress }) => {
  const keySet = await serveKeySet()
  const mallorys = await serveKeySet()
  keySet.answer = response => response.writeHead(302, { location: mallorys.url }).end()
  const ingress = await startIngress(settings(keySet.url))
  expect(await register(ingress, await mallorys.issue('known'))).toBe(503)
  expect(mallorys.requests).toBe(0)
})
