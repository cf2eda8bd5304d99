import { type Checks, createAdminServer } from '@ringer/service'
import { Counter, Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'

const session = 'v1.eu.3f0c9a71'

async function startAdmin({
  checks = { redis: true } as Checks,
  readCall = async (sessionId: string): Promise<object | undefined> =>
    sessionId === session ? { sessionId, rings: [] } : undefined,
} = {}) {
  const registry = new Registry()
  new Counter({ name: 'ringer_webhooks_total', help: 'Webhooks', registers: [registry] }).inc(3)
  const server = createAdminServer({ registry, checks: async () => checks, readCall })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close())
  return async (path: string) => {
    const response = await fetch(`${url}${path}`)
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
    })
  })

  it.each([
    ['is as long as one may be', 'x'.repeat(200)],
    ['has to be escaped byte by byte', 'ü/'.repeat(66)],
  ])('finds a call whose session id %s', async (_, sessionId) => {
    const get = await startAdmin({ readCall: async id => ({ found: id }) })
    const { status, text } = await get(`/calls/${encodeURIComponent(sessionId)}`)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({ found: sessionId })
  })

  it('answers 503 with the reason when the record cannot be read', async () => {
    const get = await startAdmin({ readCall: async () => Promise.reject(new Error('Command timed out')) })
    const { status, text } = await get(`/calls/${session}`)
    expect(status).toBe(503)
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'unavailable', message: expect.stringContaining('Command timed out') },
    })
  })

  // A worker's commands wait until Redis is back.
  it('answers 503 when reading the record takes too long', async () => {
    const get = await startAdmin({ readCall: () => new Promise(() => undefined) })
    expect((await get(`/calls/${session}`)).status).toBe(503)
  })
})
