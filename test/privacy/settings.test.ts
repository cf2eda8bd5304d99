import { expect } from 'vitest'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { askAs } from '../fixtures/ask-as.ts'
import { searchRedis } from '../fixtures/search-redis.ts'
import { deliver } from '../webhooks.ts'
import { it } from '../world.ts'

const sessionId = 'v1.eu.settings'
const caller = { uid: 'alice', name: 'Zenobia' }

// Each of these settings passes through a main.ts, which no other test of them runs.
it('the processes obey RINGER_PUSH_CONTENT, RINGER_CALL_RECORD_HOURS and ADMIN_ALLOWED_HOSTS', async ({
  world,
}) => {
  const more = { RINGER_CALL_RECORD_HOURS: '2', ADMIN_ALLOWED_HOSTS: 'metrics.internal' }
  const ingress = await world.addIngressProcess({ ...more, RINGER_PUSH_CONTENT: 'ids' })
  const worker = await world.addWorkerProcess(more)
  await deliver(ingress.url, signalledRing({ sessionId, caller, sentAt: Date.now() }))
  await expect.poll(() => world.records.read('default', sessionId)).toBeDefined()
  expect(await searchRedis(world.reader, world.prefix, ['Zenobia'])).toEqual([])

  const [key = ''] = await world.reader.keys(`${world.prefix}:ring:*`)
  const leftMs = await world.reader.pttl(key)
  expect(leftMs).toBeGreaterThan(3_600_000)
  expect(leftMs).toBeLessThanOrEqual(7_200_000)

  for (const { adminUrl } of [ingress, worker]) {
    const statusFor = async (host: string) => (await askAs(`${adminUrl}/health/live`, { host })).status
    expect(await statusFor('metrics.internal')).toBe(200)
    expect(await statusFor('rebound.example')).toBe(421)
    const unknown = await askAs(`${adminUrl}/calls/v1.eu.unknown`, { host: 'localhost' })
    expect(unknown.body).toContain('kept for 2 h')
  }
})
