import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished } from 'vitest'
import { expectFault, itOnSharedStage as it, resultOf, type Stage } from './stage.ts'

const path = '/webhooks/cometchat'

/** Starts a server in place of the ingress. Returns its address, and the `Authorization` headers that it was sent. */
async function startStub(answer: RequestListener, credentials?: { cert: string; key: string }) {
  const authorizations: string[] = []
  const listener: RequestListener = (request, response) => {
    if (request.headers.authorization !== undefined) authorizations.push(request.headers.authorization)
    answer(request, response)
  }
  const server = credentials ? createSecureServer(credentials, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `${credentials ? 'https' : 'http'}://127.0.0.1:${port}${path}`, authorizations }
}

const examineAt = (stage: Stage, url: string) => stage.examine({}, { url })

describe('the address of the webhook', () => {
  it.for([path, '/providers/cometchat'])('%s is the ingress', async (path, { stage }) => {
    // The custom push provider supports Basic only.
    const diagnosis = await stage.examine({}, { url: stage.world.ingress + path })
    for (const name of ['address', 'strangers', 'credentials'])
      expect(resultOf(diagnosis, `webhook: ${name}`), name).toMatchObject({ state: 'ok' })
    expect(resultOf(diagnosis, 'webhook: credentials').sentence).toContain('one that is no call is ignored')
    expect(await stage.world.reader.keys(`${stage.world.prefix}:calls:*`)).toEqual([])
  })

  it('whose ingress has other credentials is named', async ({ stage }) => {
    const diagnosis = await stage.examine(
      { COMETCHAT_WEBHOOK_PASSWORD: 'anOrchardOfLanterns9', COMETCHAT_WEBHOOK_SECRET: undefined },
      { url: stage.world.ingress + path },
    )
    expect(resultOf(diagnosis, 'webhook: strangers').state).toBe('ok')
    expectFault(diagnosis, 'webhook: credentials', {
      sentence: /answered 401/,
      fix: /COMETCHAT_WEBHOOK_PASSWORD/,
    })
  })

  it('whose ingress serves another app is named', async ({ stage }) => {
    const ingress = await stage.world.addIngress({ tenant: { appId: 'another-app', isNamed: true } })
    const diagnosis = await stage.examine({ COMETCHAT_APP_ID: 'this-app' }, { url: ingress + path })
    expectFault(diagnosis, 'webhook: credentials', { sentence: /another app/, fix: /COMETCHAT_APP_ID/ })
  })

  it.for<[string, RequestListener, RegExp, RegExp]>([
    [
      'answers 404',
      (_, response) => void response.writeHead(404).end(),
      /answered 404/,
      /must be \/webhooks/,
    ],
    [
      'accepts strangers',
      (_, response) => void response.writeHead(200).end('{"status":"ignored"}'),
      /without credentials is answered 200, not 401/,
      /lead to the ingress/,
    ],
    [
      'redirects',
      (_, response) => void response.writeHead(301, { location: 'https://example.com/' }).end(),
      /redirects \(301\)/,
      /the address that it redirects to/,
    ],
    [
      'is a broken proxy',
      (_, response) => void response.writeHead(502).end(),
      /answered 502/,
      /lead to the ingress/,
    ],
  ])('that %s is named, and is not sent the credentials', async ([, answer, sentence, fix], { stage }) => {
    const { url, authorizations } = await startStub(answer)
    const diagnosis = await examineAt(stage, url)
    expectFault(diagnosis, 'webhook: strangers', { sentence, fix })
    expect(resultOf(diagnosis, 'webhook: credentials').state).toBe('skipped')
    expect(authorizations).toEqual([])
  })

  it('that redirects only with credentials is named', async ({ stage }) => {
    const { url } = await startStub((request, response) => {
      const status = request.headers.authorization === undefined ? 401 : 308
      response.writeHead(status, { location: 'https://example.com/' }).end()
    })
    expectFault(await examineAt(stage, url), 'webhook: credentials', {
      sentence: /redirects/,
      fix: /CometChat/,
    })
  })

  it('whose certificate no CA has signed is named', async ({ stage }) => {
    const { url, authorizations } = await startStub(
      (_, response) => void response.writeHead(401).end(),
      stage.world.credentials,
    )
    const diagnosis = await examineAt(stage, url)
    expectFault(diagnosis, 'webhook: address', { sentence: /CA that is not trusted/, fix: /\w/ })
    expect(resultOf(diagnosis, 'webhook: strangers').state).toBe('fail')
    expect(authorizations).toEqual([])
  })

  it('without https is named, and is not sent the credentials', async ({ stage }) => {
    const { url, authorizations } = await startStub((_, response) => void response.writeHead(401).end())
    // This address leads to this machine, but only loopback is known never to leave it.
    const diagnosis = await examineAt(stage, url.replace('127.0.0.1', '0.0.0.0'))
    expectFault(diagnosis, 'webhook: address', { sentence: /not https/, fix: /https address/ })
    expect(resultOf(diagnosis, 'webhook: strangers').state).toBe('ok')
    expect(resultOf(diagnosis, 'webhook: credentials').state).toBe('skipped')
    expect(authorizations).toEqual([])
  })

  it('that nobody listens at is named', async ({ stage }) => {
    expectFault(await examineAt(stage, `http://127.0.0.1:1${path}`), 'webhook: address', {
      sentence: /refuses the connection/,
      fix: /\w/,
    })
  })
})
