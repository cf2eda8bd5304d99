import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStandInCredentials, freshPrefix, startRedis } from '@ringer/fakes'
import { createLogger } from '@ringer/service'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startApp } from '../../../../packages/service/test/start-app.ts'
import { createWorkerMetrics } from '../../src/metrics.ts'
import type { ApnsAuth } from '../../src/pushes/apns/create-apns-sender.ts'
import { watchCertificate } from '../../src/pushes/apns/watch-certificate.ts'

const DAY_MS = 86_400_000
const EXPIRES_AT = Date.UTC(2027, 4, 17, 10)

/** One watched certificate, with a clock and a log of its own. */
function watch(now: number, auth: Partial<ApnsAuth> = {}) {
  const lines: Record<string, unknown>[] = []
  const log = createLogger('test', 'info', { write: line => void lines.push(JSON.parse(line)) })
  const metrics = createWorkerMetrics()
  const time = { now }
  const certificate = { kind: 'certificate', cert: 'swordfish', key: 'swordfish', passphrase: 'swordfish' }
  const whole = { ...certificate, expiresAt: EXPIRES_AT, ...auth } as ApnsAuth
  const end = watchCertificate('app-1', whole, { log, metrics, clock: () => time.now })
  const gauge = async () => {
    const text = await metrics.registry.getSingleMetricAsString(
      'ringer_apns_certificate_expiry_timestamp_seconds',
    )
    return text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  }
  return { lines, time, end, gauge }
}

describe('the expiry of a certificate', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['a year before', 365 * DAY_MS, 'info', 365, /in its time/],
    ['30 days before', 30 * DAY_MS, 'info', 30, /in its time/],
    ['a second later', 30 * DAY_MS - 1_000, 'warn', 29, /expires soon.*new one.*restart the worker/],
    ['an hour before', 3_600_000, 'warn', 0, /expires soon/],
    ['at the moment', 0, 'error', 0, /has expired: no iPhone rings; .*new one.*restart the worker/],
    ['a year after', -365 * DAY_MS, 'error', 0, /has expired/],
  ])('is logged at the start: %s', (_, beforeMs, level, daysLeft, message) => {
    const { lines } = watch(EXPIRES_AT - beforeMs)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      ...{ level, app: 'app-1', expiresAt: '2027-05-17T10:00:00.000Z', daysLeft },
      msg: expect.stringMatching(message),
    })
    expect(JSON.stringify(lines)).not.toContain('swordfish')
  })

  it('is looked at again every day, until it is ended', () => {
    const { lines, time, end } = watch(EXPIRES_AT - 31.5 * DAY_MS)
    const pass = (days: number) => {
      for (let day = 0; day < days; day += 1) {
        time.now += DAY_MS
        vi.advanceTimersByTime(DAY_MS)
      }
    }
    pass(33)
    const levels = lines.map(({ level }) => level)
    expect(levels).toEqual(['info', 'info', ...Array(30).fill('warn'), 'error', 'error'])
    end()
    pass(2)
    expect(lines).toHaveLength(34)
  })

  it('is a metric, in seconds, by app', async () => {
    expect(await watch(EXPIRES_AT - DAY_MS).gauge()).toEqual([
      `ringer_apns_certificate_expiry_timestamp_seconds{app="app-1"} ${EXPIRES_AT / 1_000}`,
    ])
  })

  it('holds no process', () => {
    vi.useRealTimers()
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    const { end } = watch(EXPIRES_AT - DAY_MS)
    expect(timers()).toBe(before)
    end()
  })

  it('is nothing to tell of where provider tokens are sent', async () => {
    const { lines, gauge } = watch(0, { kind: 'token', key: 'k', keyId: 'ABCDE12345', teamId: 'TEAM123456' })
    expect(lines).toEqual([])
    expect(await gauge()).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

// Android phones ring all the same.
it('a certificate that has expired does not keep a worker from starting, which says so', async () => {
  const [redis, folder, { apns }] = await Promise.all([
    startRedis(),
    mkdtemp(join(tmpdir(), 'ringer-certificate-')),
    createStandInCredentials({ certificateExpiresAt: Date.now() - DAY_MS }),
  ])
  const { cert, key } = apns.certificate
  const path = join(folder, 'voip.pem')
  await writeFile(path, `${cert}\n${key}`)
  const { child, ready, ended, printed } = startApp('worker', {
    ...{ REDIS_URL: redis.url, RINGER_PREFIX: freshPrefix(), ADMIN_PORT: '0' },
    ...{ APNS_CERT_PATH: path, APNS_BUNDLE_ID: apns.bundleId },
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    await Promise.all([redis.close(), rm(folder, { recursive: true })])
  })
  const { adminUrl } = await ready
  const line = printed()
    .split('\n')
    .find(text => text.includes('certificate'))
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    ...{ level: 'error', app: 'default', daysLeft: 0, msg: expect.stringContaining('has expired') },
  })
  const metrics = await fetch(`${adminUrl}/metrics`, { headers: { connection: 'close' } })
  expect(await metrics.text()).toMatch(
    /^ringer_apns_certificate_expiry_timestamp_seconds\{app="default"\} \d{10}$/m,
  )
  expect(printed()).not.toContain(path)
  expect(printed()).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/)
  child.kill('SIGTERM')
  expect(await ended).toEqual({ code: 0, signal: null })
})
