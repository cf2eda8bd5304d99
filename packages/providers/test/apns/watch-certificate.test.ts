import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStandInCredentials } from '@ringer/fakes'
import { createLogger } from '@ringer/service'
import { afterEach, beforeEach, describe, expect, onTestFinished, vi } from 'vitest'
import { it } from '../../../../test/fixtures/redis.ts'
import { forkProcess } from '../../../service/test/fork-process.ts'
import type { ApnsAuth } from '../../src/apns/settings/apns-settings.ts'
import { watchCertificate } from '../../src/apns/watch-certificate.ts'

const DAY_MS = 86_400_000
const EXPIRES_AT = Date.UTC(2027, 4, 17, 10)

/** Watches a certificate, with a clock and a log of its own. */
function watch(now: number, auth: Partial<ApnsAuth> = {}) {
  const lines: Record<string, unknown>[] = []
  const log = createLogger('test', 'info', { write: line => void lines.push(JSON.parse(line)) })
  const expiries: number[] = []
  const time = { now }
  const certificate = { kind: 'certificate', cert: 'swordfish', key: 'swordfish', passphrase: 'swordfish' }
  const whole = { ...certificate, expiresAt: EXPIRES_AT, ...auth } as ApnsAuth
  const end = watchCertificate(
    { auth: whole },
    { appId: 'app-1', log, onExpiry: expiresAt => expiries.push(expiresAt), clock: () => time.now },
  )
  return { lines, time, end, expiries }
}

describe('the expiry of a certificate', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['a year before', 365 * DAY_MS, 'info', 365, /is valid/],
    ['30 days before', 30 * DAY_MS, 'info', 30, /is valid/],
    [
      'a second less than 30 days before',
      30 * DAY_MS - 1_000,
      'warn',
      29,
      /expires soon.*new one.*restart the worker/,
    ],
    ['an hour before', 3_600_000, 'warn', 0, /expires soon/],
    ['at that instant', 0, 'error', 0, /has expired: no iPhone rings; .*new one.*restart the worker/],
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

  it('is logged again every day until the watch ends', () => {
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

  it('is reported once for the metric', () => {
    expect(watch(EXPIRES_AT - DAY_MS).expiries).toEqual([EXPIRES_AT])
  })

  it('does not keep the process alive', () => {
    vi.useRealTimers()
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    const { end } = watch(EXPIRES_AT - DAY_MS)
    expect(timers()).toBe(before)
    end()
  })

  it('is not reported if provider tokens are used', async () => {
    const { lines, expiries } = watch(0, {
      kind: 'token',
      key: 'k',
      keyId: 'ABCDE12345',
      teamId: 'TEAM123456',
    })
    expect(lines).toEqual([])
    expect(expiries).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

// Android phones still ring.
it('a worker starts with an expired certificate, and logs that it has expired', async ({ redis, prefix }) => {
  const [folder, { apns }] = await Promise.all([
    mkdtemp(join(tmpdir(), 'ringer-certificate-')),
    createStandInCredentials({ certificateExpiresAt: Date.now() - DAY_MS }),
  ])
  const { cert, key } = apns.certificate
  const path = join(folder, 'voip.pem')
  await writeFile(path, `${cert}\n${key}`)
  const { child, ready, ended, printed } = forkProcess('worker', {
    ...{ REDIS_URL: redis.url, RINGER_PREFIX: prefix, ADMIN_PORT: '0' },
    ...{ APNS_CERT_PATH: path, APNS_BUNDLE_ID: apns.bundleId },
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true })
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
