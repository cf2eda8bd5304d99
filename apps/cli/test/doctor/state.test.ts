import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished } from 'vitest'
import { stateChecks } from '../../src/doctor/checks/state-checks.ts'
import { loadSetup } from '../../src/doctor/load-setup.ts'
import { expectFault, itOnSharedStage as it, resultOf } from './stage.ts'

/** Starts a server in place of the ingress. Returns its address and the paths that it was asked for. */
async function startStub(answer: RequestListener, credentials?: { cert: string; key: string }) {
  const paths: string[] = []
  const listener: RequestListener = (request, response) => {
    paths.push(request.url ?? '')
    answer(request, response)
  }
  const server = credentials ? createSecureServer(credentials, listener) : createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  onTestFinished(close)
  return { close, url: `${credentials ? 'https' : 'http'}://127.0.0.1:${port}`, paths }
}

const body = (code: string) => JSON.stringify({ error: { code, message: '' } })

describe('RINGER_PUBLIC_URL', () => {
  it('leads to the ingress, which knows the URLs that the worker makes', async ({ stage }) => {
    const diagnosis = await stage.examine()
    expect(resultOf(diagnosis, 'phones: state')).toEqual({
      name: 'phones: state',
      state: 'ok',
      sentence: 'the ingress answers there, and knows the URLs that are signed with RINGER_STATE_SECRET',
    })
  })

  it('may end with a slash', async ({ stage }) => {
    const diagnosis = await stage.examine({ RINGER_PUBLIC_URL: `${stage.world.ingress}/` })
    expect(resultOf(diagnosis, 'phones: state').state).toBe('ok')
  })

  it('that is not set is nothing wrong, and is named', async ({ stage }) => {
    const diagnosis = await stage.examine({ RINGER_PUBLIC_URL: undefined, RINGER_STATE_SECRET: undefined })
    expect(resultOf(diagnosis, 'phones')).toMatchObject({
      state: 'skipped',
      sentence: expect.stringContaining('RINGER_PUBLIC_URL'),
    })
  })

  it('whose ingress has another secret is named', async ({ stage }) => {
    const diagnosis = await stage.examine({ RINGER_STATE_SECRET: 'another-lantern-in-the-harbour-4712' })
    expectFault(diagnosis, 'phones: state', { sentence: /does not know/, fix: /RINGER_STATE_SECRET/ })
  })

  it('whose ingress has no such setting is named', async ({ stage }) => {
    const { url } = await startStub((_, response) => void response.writeHead(404).end(body('not_found')))
    const diagnosis = await stage.examine({ RINGER_PUBLIC_URL: url })
    expectFault(diagnosis, 'phones: state', { sentence: /does not know/, fix: /RINGER_PUBLIC_URL/ })
  })

  it.for<[string, RequestListener, RegExp, RegExp]>([
    [
      'is another site, which has no such page',
      (_, response) => void response.writeHead(404).end('<h1>Not found</h1>'),
      /not the ingress: it answers 404/,
      /the path \/r\/ .* lead to the ingress/,
    ],
    [
      'is another site, which shows its own page',
      (_, response) => void response.writeHead(200).end('{}'),
      /not the ingress: it answers 200/,
      /lead to the ingress/,
    ],
    [
      'redirects',
      (_, response) => void response.writeHead(308, { location: 'https://example.com/' }).end(),
      /it redirects \(308\)/,
      /the address that it redirects to/,
    ],
    [
      'is a broken proxy',
      (_, response) => void response.writeHead(502).end(),
      /it answers 502/,
      /lead to the ingress/,
    ],
    [
      'has lost Redis',
      (_, response) => void response.writeHead(503).end(body('unavailable')),
      /cannot read the state of rings/,
      /the checks of Redis/,
    ],
  ])('that %s is named', async ([, answer, sentence, fix], { stage }) => {
    const { url, paths } = await startStub(answer)
    expectFault(await stage.examine({ RINGER_PUBLIC_URL: url }), 'phones: state', { sentence, fix })
    expect(paths.filter(path => /^\/r\/[\w-]{64}$/.test(path))).toHaveLength(1)
  })

  it('that nobody listens at is named', async ({ stage }) => {
    const { url, close } = await startStub(() => undefined)
    await close()
    const diagnosis = await stage.examine({ RINGER_PUBLIC_URL: url })
    for (const name of ['phones: address', 'phones: state'])
      expectFault(diagnosis, name, { sentence: /refuses the connection/, fix: /\w/ })
  })

  it('whose certificate no CA has signed is named', async ({ stage }) => {
    const { url } = await startStub(
      (_, response) => void response.writeHead(410).end(body('gone')),
      stage.world.credentials,
    )
    const diagnosis = await stage.examine({ RINGER_PUBLIC_URL: url })
    for (const name of ['phones: address', 'phones: state'])
      expectFault(diagnosis, name, { sentence: /CA that is not trusted/, fix: /\w/ })
  })

  it('that leads to this machine is reached by no phone', async ({ stage }) => {
    expectFault(await stage.examine(), 'phones: address', {
      state: 'warn',
      sentence: /this machine only/,
      fix: /https address/,
    })
  })

  // Nothing that answers at a private address can be had on every machine.
  it('without https is named', async ({ stage }) => {
    const setup = loadSetup({ env: { ...stage.env, RINGER_PUBLIC_URL: 'http://192.168.7.7' } })
    onTestFinished(() => setup.close())
    const reached = { kind: 'reached', certificateEndsAt: undefined, time: undefined } as const
    const [address] = stateChecks({ ...setup, ask: async () => reached })
    expect(await address?.run(AbortSignal.timeout(5_000))).toMatchObject({
      state: 'fail',
      sentence: expect.stringContaining('not https'),
      fix: expect.stringContaining('https address'),
    })
  })
})
