import { createAdminServer } from '@ringer/service'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { askAs } from '../../../test/fixtures/ask-as.ts'

async function startAdmin(allowedHosts?: string[]) {
  const registry = new Registry()
  const find = async (sessionId: string) => ({
    isKnown: true,
    json: { sessionId, recipient: 'bob' },
    text: 'bob',
  })
  const deps = {
    registry,
    checks: async () => ({}),
    calls: { find, list: async () => [], explainNone: async () => [], warn: async () => [] },
  }
  const server = createAdminServer({ ...deps, ...(allowedHosts && { allowedHosts }) })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close())
  return (host: string, path = '/metrics') => askAs(`${url}${path}`, { host })
}

// DNS rebinding: a web page makes its own name resolve to 127.0.0.1, and the browser lets it read the answers.
describe('the admin port', () => {
  it.each(['/metrics', '/health/ready', '/calls/v1.eu.1', '/nothing'])(
    'refuses %s for a host name that is not configured, and names the setting',
    async path => {
      const ask = await startAdmin(['metrics.internal'])
      const { status, body } = await ask('rebound.example:3001', path)
      expect(status).toBe(421)
      expect(JSON.parse(body).error).toEqual({
        code: 'foreign_host',
        message: expect.stringContaining('ADMIN_ALLOWED_HOSTS'),
      })
      expect(body).not.toContain('bob')
    },
  )

  it.each([
    'localhost.rebound.example',
    '127.0.0.1.rebound.example',
    'localhost@rebound.example',
    'rebound.example#localhost',
    '127.0.0.1:80:80',
    '0x7f.1',
    '[localhost]',
  ])('refuses %s, which only looks like this machine', async host => {
    const ask = await startAdmin()
    expect((await ask(host)).status).toBe(421)
  })

  it.each(['localhost', 'LOCALHOST:3001', '127.0.0.1:3001', '127.3.2.1', '[::1]:3001', 'localhost.'])(
    'answers to loopback: %s',
    async host => {
      const ask = await startAdmin()
      expect((await ask(host)).status).toBe(200)
    },
  )

  // No name is looked up for an address, so no page can make one of its own lead here.
  it.each(['10.1.2.3:3002', '[fd00::1]:3002'])('answers to the address of a pod: %s', async host => {
    const ask = await startAdmin()
    expect((await ask(host, '/health/ready')).status).toBe(200)
  })

  it.each(['metrics.internal', 'Metrics.Internal:3001', 'metrics.internal.'])(
    'answers to a host name that is configured: %s',
    async host => {
      const ask = await startAdmin(['metrics.internal'])
      expect((await ask(host)).status).toBe(200)
    },
  )
})
