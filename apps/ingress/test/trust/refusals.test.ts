import { SignJWT } from 'jose'
import { describe, expect } from 'vitest'
import { signalledRing } from '../../../../packages/payloads/test/webhooks.ts'
import { createIngressMetrics } from '../../src/metrics.ts'
import type { Sending } from '../send.ts'
import { basic, bearer, both, it, login, onlyBasic, onlySecret, sign } from '../start-ingress.ts'

const webhook = JSON.stringify(signalledRing())
const phone = { uid: 'bob', platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const good = basic(login)
const signature = (value: string) => ({ 'x-cometchat-signature': value })
const linesOf = (log: string) => log.split('\n').flatMap(line => (line ? [JSON.parse(line)] : []))

describe('the log names the reason and the address of a refused webhook, and the caller does not learn it', () => {
  it.for([
    ['no_credentials', both, {}],
    ['unknown_user', both, { authorization: basic({ ...login, username: 'somebody' }) }],
    ['wrong_password', both, { authorization: basic({ ...login, password: 'x' }) }],
    ['malformed_credentials', both, { authorization: 'Basic !' }],
    ['malformed_credentials', onlyBasic, { authorization: bearer('x') }],
    ['login_without_configured_user', onlySecret, { authorization: good }],
    ['signature_without_configured_secret', onlyBasic, signature(sign(webhook))],
    ['wrong_signature', both, signature(sign(`${webhook} `))],
    ['wrong_signature', both, { authorization: good, ...signature('nonsense') }],
  ] as const)('%s', async ([reason, credentials, headers], { startIngress }) => {
    const metrics = createIngressMetrics()
    const ingress = await startIngress({ metrics, tenant: { credentials } })
    const answer = await ingress.deliver(webhook, { headers: headers as Sending['headers'] })
    expect(answer).toMatchObject({
      ...{ status: 401 },
      body: {
        error: { code: 'unauthorized', message: expect.stringMatching(/missing, malformed or wrong$/) },
      },
    })
    expect(linesOf(ingress.log()).filter(({ msg }) => msg === 'refused')).toMatchObject([
      { level: 'warn', route: 'webhook', status: 401, reason, address: '127.0.0.1' },
    ])
    const { values } = await metrics.refusals.get()
    expect(values.filter(({ value }) => value > 0)).toMatchObject([
      { value: 1, labels: { route: 'webhook', reason } },
    ])
  })

  it('wrong_app', async ({ startIngress }) => {
    const ingress = await startIngress({ tenant: { appId: 'chess' } })
    await ingress.deliver({ ...signalledRing(), appId: 'poker' })
    expect(linesOf(ingress.log())).toContainEqual(
      expect.objectContaining({ level: 'warn', reason: 'wrong_app', address: '127.0.0.1' }),
    )
  })
})

describe('the log names the reason of a refused registration', () => {
  const secret = 'the-secret-of-the-backend-0123456789'
  const jwt = async ({
    key = secret,
    expires = '1h',
    audience = 'ringer',
    issuer = 'us',
    expiring = true,
  } = {}): Promise<string> => {
    const jwt = new SignJWT({ sub: 'bob' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setAudience(audience)
      .setIssuer(issuer)
    if (expiring) jwt.setExpirationTime(expires)
    return jwt.sign(new TextEncoder().encode(key))
  }

  it.for<[string, () => Promise<string>]>([
    ['no_credentials', async () => ''],
    ['malformed_credentials', async () => good],
    ['invalid_jwt', async () => bearer('x')],
    ['expired', async () => bearer(await jwt({ expires: '2 minutes ago' }))],
    ['missing_claim', async () => bearer(await jwt({ expiring: false }))],
    ['wrong_audience', async () => bearer(await jwt({ audience: 'another' }))],
    ['wrong_issuer', async () => bearer(await jwt({ issuer: 'another' }))],
    ['wrong_signature', async () => bearer(await jwt({ key: secret.replace('0', '1') }))],
  ])('%s', async ([reason, authorization], { startIngress }) => {
    const registrationAuth = { kind: 'jwt', secret, audience: 'ringer', issuer: 'us' } as const
    const ingress = await startIngress({ tenant: { registrationAuth } })
    expect((await ingress.register(phone, { headers: { authorization: bearer(await jwt()) } })).status).toBe(
      200,
    )
    const headers = { authorization: await authorization() }
    expect((await ingress.register(phone, { headers })).status).toBe(401)
    expect(linesOf(ingress.log()).filter(({ msg }) => msg === 'refused')).toMatchObject([
      { level: 'warn', route: 'registration', status: 401, reason, address: '127.0.0.1' },
    ])
  })

  it('wrong_key, wrong_app', async ({ startIngress }) => {
    const ingress = await startIngress({ tenant: { appId: 'chess' } })
    await ingress.register(phone, { headers: { authorization: bearer('x') } })
    await ingress.register({ ...phone, appId: 'poker' })
    const reasons = linesOf(ingress.log()).flatMap(({ msg, reason }) => (msg === 'refused' ? [reason] : []))
    expect(reasons).toEqual(['wrong_key', 'wrong_app'])
  })
})

describe('a flood of refusals', () => {
  it('does not fill the log, and the log still says how many refusals there were', async ({
    startIngress,
  }) => {
    const metrics = createIngressMetrics()
    const ingress = await startIngress({ metrics, trustProxy: 1, gate: { failuresPerMinute: 3 } })
    const from = (address: string) =>
      ingress.deliver(webhook, {
        headers: { 'x-forwarded-for': address, authorization: basic({ ...login, password: 'x' }) },
      })
    for (let time = 0; time < 40; time += 1) await from('198.51.100.1')
    for (let time = 0; time < 60; time += 1) await from(`203.0.113.${time}`)
    const lines = () => linesOf(ingress.log()).filter(({ reason }) => reason === 'wrong_password')
    await ingress.server.close()
    const logged = lines().filter(({ msg }) => msg === 'refused')
    expect(logged.filter(({ address }) => address === '198.51.100.1').length).toBe(5)
    const leftOut = lines().reduce((sum, line) => sum + (line.leftOut ?? 0), 0)
    expect(logged.length + leftOut).toBe(100)
    expect(logged.length).toBe(50)
    // Nothing else is logged for each request.
    expect(linesOf(ingress.log()).filter(({ msg }) => msg === 'webhook')).toEqual([])
    const { values } = await metrics.refusals.get()
    expect(values.filter(({ value }) => value > 0)).toMatchObject([{ value: 100 }])
  })
})
