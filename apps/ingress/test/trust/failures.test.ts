import { describe, expect } from 'vitest'
import { signalledRing } from '../../../../packages/payloads/test/webhooks.ts'
import { send } from '../send.ts'
import { basic, bearer, it, login, registrationKey, sign } from '../start-ingress.ts'

const webhook = JSON.stringify(signalledRing())
const phone = { uid: 'bob', platform: 'android', token: 'fcm-registration-token:APA91b_Bob' }
const gate = { failuresPerMinute: 3 }
const wrong = { authorization: basic({ ...login, password: 'x' }) }
const from = (address: string) => ({ 'x-forwarded-for': address })

describe('requests with wrong credentials', () => {
  it('are answered 429 after the limit, on webhooks and registrations alike', async ({ startIngress }) => {
    const ingress = await startIngress({ gate })
    expect((await ingress.deliver(webhook, { headers: wrong })).status).toBe(401)
    expect((await ingress.register(phone, { headers: { authorization: bearer('x') } })).status).toBe(401)
    expect((await ingress.deliver(webhook, { headers: {} })).status).toBe(401)
    for (const answer of [
      await ingress.deliver(webhook, { headers: wrong }),
      await ingress.deliver(webhook, { headers: { 'x-cometchat-signature': '0'.repeat(64) } }),
      await ingress.register(phone, { headers: { authorization: bearer('x') } }),
    ]) {
      expect(answer).toMatchObject({ status: 429, body: { error: { code: 'too_many_requests' } } })
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50)
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
    }
    expect(await ingress.listKeys()).toEqual([])
  })

  it('never keep a valid request of their address from being accepted', async ({ startIngress }) => {
    const ingress = await startIngress({ gate })
    for (let time = 0; time < 10; time += 1) await ingress.deliver(webhook, { headers: wrong })
    expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
    const signed = { 'x-cometchat-signature': sign(webhook) }
    expect((await ingress.deliver(webhook, { headers: signed })).body).toEqual({ status: 'duplicate' })
    expect((await ingress.register(phone)).status).toBe(200)
  })

  it('are counted for each address, and for a network of 64 bits with IPv6', async ({ startIngress }) => {
    const ingress = await startIngress({ gate, trustProxy: 1 })
    const statusFrom = async (address: string) =>
      (await ingress.deliver(webhook, { headers: { ...wrong, ...from(address) } })).status
    for (let time = 0; time < 3; time += 1) {
      await statusFrom('198.51.100.1')
      await statusFrom(`2001:db8:0:1::${time}`)
    }
    expect(await statusFrom('198.51.100.1')).toBe(429)
    expect(await statusFrom('198.51.100.1:4711')).toBe(429)
    expect(await statusFrom('::ffff:198.51.100.1')).toBe(429)
    expect(await statusFrom('2001:db8:0:1:ffff:ffff:ffff:ffff')).toBe(429)
    expect(await statusFrom('2001:db8:0:2::1')).toBe(401)
    expect(await statusFrom('198.51.100.2')).toBe(401)
  })
})

describe('TRUST_PROXY', () => {
  it.for([
    ['not set', undefined, '198.51.100.9', '127.0.0.1'],
    ['one proxy', 1, '198.51.100.9', '198.51.100.9'],
    ['one proxy, and a client that adds an address of its own', 1, '192.0.2.1, 198.51.100.9', '198.51.100.9'],
    ['two proxies', 2, '192.0.2.1, 198.51.100.9, 10.0.0.1', '198.51.100.9'],
    ['the network of the proxy', '127.0.0.0/8', '192.0.2.1, 198.51.100.9', '198.51.100.9'],
    ['another network', '10.0.0.0/8', '198.51.100.9', '127.0.0.1'],
    ['one proxy, and no address', 1, 'unknown', '127.0.0.1'],
  ] as const)(
    'says which address counts: %s',
    async ([_, trustProxy, forwarded, counted], { startIngress }) => {
      const ingress = await startIngress({ trustProxy })
      await ingress.deliver(webhook, { headers: { ...wrong, ...from(forwarded) } })
      expect(ingress.log()).toContain(`"address":"${counted}"`)
    },
  )
})

it('warns once that TRUST_PROXY is not set, although there is a proxy', async ({ ingress }) => {
  await ingress.deliver(webhook)
  expect(ingress.log()).not.toContain('TRUST_PROXY')
  const headers = { authorization: basic(login), ...from('198.51.100.1') }
  for (let time = 0; time < 3; time += 1) await ingress.deliver(webhook, { headers })
  expect(ingress.log().match(/TRUST_PROXY/g)).toHaveLength(1)
})

describe('a content type', () => {
  it.for([
    ['application/json, application/json', 200],
    ['application/json,Application/JSON', 200],
    ['', 415],
    ['  ', 415],
  ] as const)(
    '%j, as a proxy may have mangled it, is answered $1 for a webhook and 200 for a registration',
    async ([type, status], { ingress }) => {
      const headers = { authorization: basic(login), 'content-type': type }
      expect((await ingress.deliver(webhook, { headers })).status).toBe(status)
      const registered = await send(`${ingress.url}/api/push/register`, {
        body: JSON.stringify(phone),
        headers: { authorization: bearer(registrationKey), 'content-type': type },
      })
      expect(registered.status).toBe(200)
    },
  )
})
