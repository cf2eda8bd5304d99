import { createLogger } from '@ringer/service'
import { describe, expect } from 'vitest'
import { createWorkerMetrics } from '../apps/worker/src/metrics.ts'
import { forkProcess } from '../packages/service/test/fork-process.ts'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, post, register, tokens } from './webhooks.ts'
import { it as worldIt } from './world.ts'

const other = 'b2'.repeat(32)

/** Bob's two iPhones and his Android phone, of which the first iPhone's record is damaged. */
const it = worldIt.extend('damagedId', async ({ world }) => {
  const bob = { uid: 'bob', platform: 'ios' }
  const { body } = await register(world.ingress, { ...bob, token: tokens.iphone })
  await register(world.ingress, { ...bob, token: other })
  await register(world.ingress, { ...bob, platform: 'android', token: tokens.android })
  const damagedId = body.deviceId ?? ''
  await world.reader.hset(world.keys.device(damagedId), 'registeredAt', 'soon')
  return damagedId
})

describe('a device record that cannot be read', () => {
  it('does not silence the user’s other phones, and the worker logs and counts it (F39)', async ({
    world,
    damagedId,
  }) => {
    const lines: string[] = []
    const log = createLogger('worker', 'info', { write: line => void lines.push(line) })
    const metrics = createWorkerMetrics()
    world.addWorker({ log, metrics })
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.length === 1)
    await world.fcm.waitFor(received => received.length === 1)
    expect(world.apns.received[0]?.token).toBe(other)

    const reports = lines.map(line => JSON.parse(line)).filter(({ level }) => level === 'error')
    expect(reports).toMatchObject([
      { level: 'error', kind: 'device', deviceId: damagedId, fields: ['registeredAt'] },
    ])
    expect(lines.join('')).not.toContain(tokens.iphone)
    expect((await metrics.unreadable.get()).values).toContainEqual({ labels: { kind: 'device' }, value: 1 })
  })

  it('does not keep the ingress from listing the others, and the ingress logs and counts it', async ({
    world,
    damagedId,
    redis,
  }) => {
    const ingress = forkProcess('ingress', {
      ...{ HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0', REDIS_URL: redis.url, RINGER_PREFIX: world.prefix },
      ...{ REGISTRATION_AUTH: 'none', COMETCHAT_WEBHOOK_SECRET: 'orchard-lantern-copper' },
    })
    const { url, adminUrl } = await ingress.ready
    const listed = (await (await fetch(`${url}/api/push/devices?uid=bob`)).json()) as { devices: object[] }
    expect(listed.devices).toHaveLength(2)
    const body = JSON.stringify({ uid: 'bob', sessionId: DEFAULT_SESSION_ID, token: other })
    expect((await post(`${url}/api/push/answered`, body, {})).body.status).toBe('queued')

    await expect.poll(ingress.printed).toMatch(new RegExp(`"level":"error".*"deviceId":"${damagedId}"`))
    expect(ingress.printed()).not.toContain(tokens.iphone)
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
    expect(metrics).toContain('ringer_unreadable_records_total{kind="device"} 2')
  })
})

it('a ring whose record is damaged does not keep the call’s other devices from stopping', async ({
  world,
}) => {
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: `${tokens.android}-2` })
  world.addWorker()
  await deliver(world.ingress, initiated())
  const devices = async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices
  await expect.poll(devices).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }])
  const { ringId = '' } = (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0] ?? {}
  const [damaged, sound] = (await devices()) ?? []
  await world.reader.hset(world.keys.ring(ringId), `device:${damaged?.deviceId}`, 'not JSON')
  await deliver(world.ingress, ended('cancelled'))
  await world.fcm.waitFor(received => received.length === 3)
  const stopped = await world.devices.get(sound?.deviceId ?? '')
  expect(world.fcm.received[2]?.token).toBe(stopped?.token)
})
