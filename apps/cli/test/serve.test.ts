import { describe, expect } from 'vitest'
import { lintMetrics, parseExposition } from '../../../test/signals/lint-metrics.ts'
import { DEFAULT_SESSION_ID, deliver, initiated, register, tokens } from '../../../test/webhooks.ts'
import { it } from '../../../test/world.ts'

const limit = { timeout: 60_000 }

const get = (url: string) => fetch(url, { headers: { connection: 'close' } })

describe('ringer serve', () => {
  it(
    'takes webhooks and rings phones in one process, and exits with 0 on SIGTERM',
    limit,
    async ({ world }) => {
      const { url, adminUrl, kill, ended, printed } = await world.addServeProcess({ LOG_LEVEL: 'info' })
      await register(url, { uid: 'bob', platform: 'ios', token: tokens.iphone })
      await register(url, { uid: 'bob', platform: 'android', token: tokens.android })
      expect((await deliver(url, initiated())).status).toBe(200)
      await world.apns.waitFor(received => received.length === 1)
      await world.fcm.waitFor(received => received.length === 1)
      const accepted = { devices: [{ verdict: { code: 'accepted' } }, { verdict: { code: 'accepted' } }] }
      const call = async () => (await get(`${adminUrl}/calls/${DEFAULT_SESSION_ID}`)).json()
      await expect.poll(call).toMatchObject({ rings: [accepted] })
      kill('SIGTERM')
      expect(await ended).toBe(0)
      expect(printed()).toContain('"msg":"closed"')
      expect(printed()).not.toMatch(/PRIVATE KEY|Warning/)
    },
  )

  it('has one admin port, with the health and the metrics of both', limit, async ({ world }) => {
    const { url, adminUrl } = await world.addServeProcess()
    const ready = () => get(`${adminUrl}/health/ready`)
    await expect.poll(async () => (await ready()).status).toBe(200)
    expect(await (await ready()).json()).toMatchObject({
      status: 'ready',
      checks: {
        ingress: { ready: true, redis: true },
        worker: { ready: true, redis: true, queues: true, backlog: { ready: true } },
      },
    })
    expect((await get(`${url}/health/ready`)).status).toBe(200)
    const metrics = parseExposition(await (await get(`${adminUrl}/metrics`)).text())
    expect(lintMetrics(metrics)).toEqual([])
    const names = metrics.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['ringer_webhooks_total', 'ringer_ring_ends_total']))
    expect(names).toHaveLength(new Set(names).size)
    expect(await (await get(`${adminUrl}/status`)).json()).toMatchObject({ process: 'serve' })
  })

  it('lists the faults in the settings of both and exits with 1', limit, async ({ world }) => {
    const started = world.addServeProcess({ APNS_KEY_ID: '', COMETCHAT_WEBHOOK_SECRET: 'short' })
    await expect(started).rejects.toThrow(
      /the serve ended with code 1\nRinger cannot start: the configuration is invalid:\n {2}APNS_KEY_ID: [^\n]+\n {2}COMETCHAT_WEBHOOK_SECRET: /,
    )
  })
})
