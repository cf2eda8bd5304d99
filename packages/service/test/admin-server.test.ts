import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type CallQuery, type Checks, createAdminServer, type FoundCall } from '@ringer/service'
import { Counter, Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'

const session = 'v1.eu.3f0c9a71'

const found = (sessionId: string): FoundCall => ({
  isKnown: true,
  json: { sessionId, rings: [] },
  text: 'rang\n',
})
const unknown: FoundCall = { isKnown: false, json: { verdict: { code: 'unknown' } }, text: 'unknown\n' }

async function startAdmin({
  checks = { redis: true } as Checks,
  find = async (sessionId: string) => (sessionId === session ? found(sessionId) : unknown),
  list = async (_query: CallQuery) => [found(session)],
  token = undefined as string | undefined,
} = {}) {
  const registry = new Registry()
  new Counter({ name: 'ringer_webhooks_total', help: 'Webhooks', registers: [registry] }).inc(3)
  const server = createAdminServer({
    registry,
    checks: async () => checks,
    calls: { find, list, explainNone: async () => [], warn: async () => [] },
    token,
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close())
  return async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}${path}`, { headers })
    const text = await response.text()
    return { status: response.status, type: response.headers.get('content-type') ?? '', text }
  }
}

describe('the admin server', () => {
  it("serves the metrics in Prometheus's format", async () => {
    const get = await startAdmin()
    const { status, type, text } = await get('/metrics')
    expect(status).toBe(200)
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(text).toContain('ringer_webhooks_total 3')
  })

  it('is live while it answers, and ready while every check passes', async () => {
    const get = await startAdmin()
    expect(await get('/health/live')).toMatchObject({ status: 200, text: '{"status":"live"}' })
    expect(await get('/health/ready')).toMatchObject({
      status: 200,
      text: '{"status":"ready","checks":{"redis":true}}',
    })
  })

  it('reports not ready with the failed check, and stays live', async () => {
    const checks = { redis: 'Redis does not answer', queues: true as const }
    const get = await startAdmin({ checks })
    const { status, text } = await get('/health/ready')
    expect(status).toBe(503)
    expect(JSON.parse(text)).toEqual({ status: 'not ready', checks })
    expect((await get('/health/live')).status).toBe(200)
  })

  it('returns the record of a call, or 404 if there is no record', async () => {
    const get = await startAdmin()
    expect(JSON.parse((await get(`/calls/${session}`)).text)).toEqual({ sessionId: session, rings: [] })
    const unknown = await get('/calls/v1.eu.unknown')
    expect(unknown.status).toBe(404)
    expect(JSON.parse(unknown.text)).toMatchObject({
      error: { code: 'not_found', message: expect.stringContaining('kept for 24 h') },
      verdict: { code: 'unknown' },
    })
  })

  it.each([
    ['is as long as one may be', 'x'.repeat(200)],
    ['has to be escaped byte by byte', 'ü/'.repeat(66)],
  ])('finds a call whose session id %s', async (_, sessionId) => {
    const get = await startAdmin({ find: async id => found(id) })
    const { status, text } = await get(`/calls/${encodeURIComponent(sessionId)}`)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ sessionId })
  })

  it('answers 503 with the reason when the record cannot be read', async () => {
    const get = await startAdmin({ find: async () => Promise.reject(new Error('Command timed out')) })
    const { status, text } = await get(`/calls/${session}`)
    expect(status).toBe(503)
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'unavailable', message: expect.stringContaining('Command timed out') },
    })
  })

  // A worker's commands wait until Redis is back.
  it('answers 503 when reading the record takes too long', async () => {
    const get = await startAdmin({ find: () => new Promise(() => undefined) })
    expect((await get(`/calls/${session}`)).status).toBe(503)
  })

  it('prints a call as text for people', async () => {
    const get = await startAdmin()
    const { type, text } = await get(`/calls/${session}?format=text`)
    expect(type).toBe('text/plain; charset=utf-8')
    expect(text).toBe('rang\n')
    expect(await get('/calls/v1.eu.unknown?format=text')).toMatchObject({ status: 404, text: 'unknown\n' })
  })

  it('lists the calls to a person since a time', async () => {
    const queries: CallQuery[] = []
    const get = await startAdmin({
      async list(query) {
        queries.push(query)
        return [found('one'), found('two')]
      },
    })
    const { status, text } = await get('/calls?uid=bob&since=2026-11-29T15:22:00Z&limit=2')
    expect(status).toBe(200)
    expect(JSON.parse(text).calls).toMatchObject([{ sessionId: 'one' }, { sessionId: 'two' }])
    await get('/calls?since=15m')
    expect(queries).toEqual([
      { uid: 'bob', since: { at: Date.UTC(2026, 10, 29, 15, 22) }, limit: 2 },
      { since: { ageMs: 900_000 }, limit: 20 },
    ])
  })

  it.each([
    ['/calls?limit=many', 'limit must be a number'],
    ['/calls?limit=1000', 'limit must be at most 100'],
    ['/calls?since=yesterday', 'since must be a time such as 2026-11-29T15:22:00Z, or an age such as 15m'],
    ['/calls?user=bob', 'user is not known; there are uid, since, limit and format'],
    [`/calls/${session}?format=xml`, 'format must be json or text'],
  ])('refuses %s', async (path, message) => {
    const get = await startAdmin()
    const { status, text } = await get(path)
    expect(status).toBe(400)
    expect(JSON.parse(text).error).toMatchObject({ code: 'invalid_query', message })
  })

  it('with a token, requires the token everywhere except for the health', async () => {
    const get = await startAdmin({ token: 'a-token-for-the-admin-port' })
    for (const path of ['/metrics', `/calls/${session}`, '/calls']) {
      expect((await get(path)).status).toBe(401)
      expect((await get(path, { authorization: 'Bearer another-token' })).status).toBe(401)
      expect((await get(path, { authorization: 'Bearer a-token-for-the-admin-port' })).status).toBe(200)
    }
    expect((await get('/health/ready')).status).toBe(200)
  })
})

it('without a token, the admin server shows calls only to processes of the same machine', async () => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find(each => each?.family === 'IPv4' && !each.internal)?.address
  if (!address) return
  const server = createAdminServer({
    registry: new Registry(),
    checks: async () => ({}),
    calls: {
      find: async id => found(id),
      list: async () => [],
      explainNone: async () => [],
      warn: async () => [],
    },
  })
  await server.listen({ host: '0.0.0.0', port: 0 })
  onTestFinished(() => server.close())
  const { port } = server.server.address() as AddressInfo
  const refused = await fetch(`http://${address}:${port}/calls/${session}`)
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('ADMIN_TOKEN') } })
  expect((await fetch(`http://127.0.0.1:${port}/calls/${session}`)).status).toBe(200)
  expect((await fetch(`http://${address}:${port}/metrics`)).status).toBe(200)
})
