import { createStateUrls, endActions } from '@ringer/payloads'
import { describe, expect } from 'vitest'
import { send } from '../send.ts'
import { stateSecret } from '../start-ingress.ts'
import { it, SESSION_ID } from './phone-stage.ts'

const MINUTE_MS = 60_000
const get = (url: string, headers?: Record<string, string>) => send(url, { method: 'GET', headers })

/** A clock that a test sets. */
function createClock() {
  let ahead = 0
  return {
    clock: () => Date.now() + ahead,
    /** Moves it to this instant, or some ms after it. */
    set(instant: number) {
      ahead = instant - Date.now()
    },
  }
}

describe('a phone that asks whether it still rings', () => {
  it('is told so, with who calls and until when, without a login', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const answer = await get(`${ingress.url}${phone.path}`)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      ...{ state: 'ringing', callAction: 'initiated', deadline: phone.deadline, now: expect.any(Number) },
      caller: { uid: 'alice', name: 'Alice Moreau' },
      avatar: expect.any(String),
    })
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' })
  })

  it.for(endActions)('is told that the call is over: %s', async (action, { stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    await stage.end(action)
    expect((await get(`${ingress.url}${phone.path}`)).body).toMatchObject({
      ...{ state: 'ended', callAction: action },
    })
  })

  it('is told that another phone answered, and the one that answered is told to go on', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const iphone = await stage.ring({ platform: 'ios' })
    const android = await stage.ring()
    const elsewhere = stage.stateUrls.urlOf({ ringId: iphone.ringId, deviceId: iphone.deviceId })
    await stage.answer(iphone.deviceId)
    const here = (await get(`${ingress.url}${elsewhere}`)).body
    expect(here).toMatchObject({ state: 'answered', callAction: 'ongoing', answeredHere: true })
    expect(android.ringId).toBe(iphone.ringId)
  })

  it('is not told that it answered if that is not certain', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    await stage.answer()
    const { body } = await get(`${ingress.url}${phone.path}`)
    expect(body).toMatchObject({ state: 'answered', callAction: 'ongoing' })
    expect(body).not.toHaveProperty('answeredHere')
  })

  it('is told after the deadline that nobody answered', async ({ stage }) => {
    const { clock, set } = createClock()
    const ingress = await stage.startIngress({ clock })
    const phone = await stage.ring()
    set(phone.deadline + 10)
    expect((await get(`${ingress.url}${phone.path}`)).body).toMatchObject({
      ...{ state: 'expired', callAction: 'unanswered' },
    })
  })

  it('in a group is told of the group and the caller, and of no other member', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const receiver = { uid: 'chess', name: 'Chess Club', avatar: 'https://pictures.example/c.png' }
    const event = { receiver: { ...receiver, type: 'group' as const } }
    const bob = await stage.ring({ event })
    const carol = await stage.ring({ recipient: 'carol', event })
    await stage.end('rejected', 'carol')
    await stage.answer(carol.deviceId, 'carol')
    const answer = await get(`${ingress.url}${bob.path}`)
    expect(answer.body).toMatchObject({
      ...{ state: 'ringing', callAction: 'initiated' },
      group: { guid: 'chess', name: 'Chess Club', icon: 'https://pictures.example/c.png' },
    })
    expect(answer.text).not.toMatch(/carol|bob/)
    expect((await get(`${ingress.url}${carol.path}`)).body).toMatchObject({ callAction: 'rejected' })
  })

  it('may be a web page of another origin (CORS)', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const preflight = await send(`${ingress.url}${phone.path}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Content-Type',
    })
  })
})

describe('a state URL', () => {
  it('works at every ingress with the same secret, and after a restart', async ({ stage }) => {
    const [one, other] = [await stage.startIngress(), await stage.startIngress()]
    const phone = await stage.ring()
    for (const { url } of [one, other]) expect((await get(`${url}${phone.path}`)).status).toBe(200)
    await one.server.close()
    const again = await stage.startIngress()
    expect((await get(`${again.url}${phone.path}`)).status).toBe(200)
  })

  it('of the old secret works until that is removed', async ({ stage }) => {
    const fresh = 'windmill-copper-9042-orchard-salty'
    const during = await stage.startIngress({ stateSecrets: [fresh, stateSecret] })
    const after = await stage.startIngress({ stateSecrets: [fresh] })
    const phone = await stage.ring()
    expect((await get(`${during.url}${phone.path}`)).status).toBe(200)
    expect((await get(`${after.url}${phone.path}`)).status).toBe(404)
  })

  it.for([
    ['tampered with', (path: string) => path.replace(/.$/, last => (last === 'A' ? 'B' : 'A'))],
    ['truncated', (path: string) => path.slice(0, -1)],
    ['empty', () => '/r/'],
    ['signed with another secret', (path: string) => resign(path)],
  ] as const)('that is %s gives nothing away', async ([, change], { stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const answer = await get(`${ingress.url}${change(phone.path)}`)
    expect(answer.status).toBe(404)
    expect(answer.text).not.toMatch(/alice|bob|ringing/i)
  })

  it('with parts of another device’s or another ring’s URL is answered 404', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const [bob, carol] = [await stage.ring(), await stage.ring({ recipient: 'carol' })]
    const [ofBob, ofCarol] = [bob, carol].map(({ token }) => Buffer.from(token, 'base64url'))
    const splice = (...parts: (Buffer | undefined)[]) =>
      Buffer.concat(parts.filter(part => part !== undefined)).toString('base64url')
    const forged = [
      splice(ofBob?.subarray(0, 16), ofCarol?.subarray(16)),
      splice(ofCarol?.subarray(0, 16), ofBob?.subarray(16)),
      splice(ofCarol?.subarray(0, 32), ofBob?.subarray(32)),
    ]
    for (const token of forged) expect((await get(`${ingress.url}/r/${token}`)).status).toBe(404)
  })

  it('that was signed for a device which the ring does not have is answered 410', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const { ringId } = await stage.ring()
    const path = stage.stateUrls.urlOf({ ringId, deviceId: 'f'.repeat(32) })
    expect((await get(`${ingress.url}${path}`)).status).toBe(410)
  })

  it('is valid until a minute after the deadline', async ({ stage }) => {
    const { clock, set } = createClock()
    const ingress = await stage.startIngress({ clock })
    const phone = await stage.ring()
    set(phone.deadline + MINUTE_MS - 1_000)
    expect((await get(`${ingress.url}${phone.path}`)).status).toBe(200)
    set(phone.deadline + MINUTE_MS)
    const over = await get(`${ingress.url}${phone.path}`)
    expect([over.status, over.body.error?.code]).toEqual([410, 'gone'])
  })

  it('is valid until a minute after an end, however long the ring would have lasted', async ({ stage }) => {
    const { clock, set } = createClock()
    const ingress = await stage.startIngress({ clock })
    const phone = await stage.ring({ ringMs: 120_000 })
    await stage.end()
    set(Date.now() + MINUTE_MS - 1_000)
    expect((await get(`${ingress.url}${phone.path}`)).status).toBe(200)
    set(Date.now() + MINUTE_MS)
    expect((await get(`${ingress.url}${phone.path}`)).status).toBe(410)
  })

  it('of a long call is not valid again when the call ends', async ({ stage, store }) => {
    const { clock, set } = createClock()
    const ingress = await stage.startIngress({ clock })
    const phone = await stage.ring()
    await stage.answer(phone.deviceId)
    const later = phone.deadline + 20 * MINUTE_MS
    const end = { kind: 'end', action: 'ended', sessionId: SESSION_ID } as const
    await store.calls.end('job-late', 'default', end, later)
    set(later + 1_000)
    expect((await get(`${ingress.url}${phone.path}`)).status).toBe(410)
  })

  it('is not valid any more when the record of the call is gone', async ({ stage, store }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    await store.redis.del(store.keys.ring(phone.ringId))
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? '{"event":"shown"}' : ''
      const headers = { 'content-length': body.length }
      const answer = await send(`${ingress.url}${phone.path}`, { method, headers, body })
      expect(answer.status).toBe(410)
    }
  })

  it('may be asked for 60 times a minute', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const [bob, carol] = [await stage.ring(), await stage.ring({ recipient: 'carol' })]
    const answers = await Promise.all(Array.from({ length: 61 }, () => get(`${ingress.url}${bob.path}`)))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(1)
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0)
    expect((await get(`${ingress.url}${carol.path}`)).status).toBe(200)
  })

  // Whoever has many URLs could ask for each of them 60 times a minute.
  it('may be asked for 20 times a minute even if its address has used up the limit with other URLs', async ({
    stage,
  }) => {
    const ingress = await stage.startIngress({ trustProxy: 1 })
    const [one, other] = [{ 'x-forwarded-for': '203.0.113.7' }, { 'x-forwarded-for': '203.0.113.8' }]
    const phones = await Promise.all(
      Array.from({ length: 18 }, (_, index) => stage.ring({ recipient: `bob-${index}` })),
    )
    const ask = async (phone: number, times: number, from = one) => {
      const url = `${ingress.url}${phones[phone]?.path}`
      const all = await Promise.all(Array.from({ length: times }, () => get(url, from)))
      return all.filter(({ status }) => status === 429).length
    }
    const refused = []
    for (let phone = 0; phone < 16; phone += 1) refused.push(await ask(phone, 60))
    expect(refused).toEqual([...Array(15).fill(0), 40])
    expect(await ask(16, 20)).toBe(0)
    expect(await ask(16, 1)).toBe(1)
    expect(await ask(17, 60, other)).toBe(0)
  })

  it('that is wrong is answered 429 after 30 requests from one address, which still gets valid state URLs', async ({
    stage,
  }) => {
    const ingress = await stage.startIngress({ trustProxy: 1 })
    const phone = await stage.ring()
    const from = { 'x-forwarded-for': '203.0.113.7' }
    const wrong = `${ingress.url}/r/${'A'.repeat(64)}`
    for (let round = 0; round < 30; round += 1) expect((await get(wrong, from)).status).toBe(404)
    const limited = await get(wrong, from)
    expect(limited.status).toBe(429)
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
    expect((await get(wrong, { 'x-forwarded-for': '203.0.113.8' })).status).toBe(404)
    expect((await get(`${ingress.url}${phone.path}`, from)).status).toBe(200)
  })

  it('is in no line of the log and in no metric, whatever is sent to it', async ({ stage }) => {
    const ingress = await stage.startIngress()
    const phone = await stage.ring()
    const url = `${ingress.url}${phone.path}`
    const wrong = resign(phone.path)
    const post = (body: string, to = url) =>
      send(to, { body, headers: { 'content-type': 'application/json', 'content-length': body.length } })
    await get(url)
    await get(`${ingress.url}${wrong}`)
    await get(`${url}%FF`)
    await get(`${url}/more`)
    for (const body of ['{"event":"shown"}', '{"event":"shown"}', '{}', '{', 'x'.repeat(3_000)])
      await post(body)
    await post('{"event":"shown"}', `${ingress.url}${wrong}`)
    await send(url, { method: 'OPTIONS' })
    await send(url, { method: 'DELETE' })
    const logged = ingress.log()
    expect(logged).toContain('receipt')
    for (const token of [phone.token, wrong.slice('/r/'.length)]) {
      expect(logged).not.toContain(token)
      expect(logged).not.toContain(token.slice(0, 40))
    }
    expect(await ingress.metrics()).not.toContain(phone.token.slice(0, 40))
  })

  it('is answered 404 by an ingress without the settings', async ({ stage }) => {
    const ingress = await stage.startIngress({ withoutPhones: true })
    const phone = await stage.ring()
    expect((await get(`${ingress.url}${phone.path}`)).status).toBe(404)
  })
})

/** The same ids under another secret. */
function resign(path: string): string {
  const { capability } = createStateUrls({ publicUrl: '', secrets: [stateSecret] }).read(
    path.slice('/r/'.length),
  ) as { capability: { ringId: string; deviceId: string } }
  return createStateUrls({ publicUrl: '', secrets: ['windmill-copper-9042-orchard-salty'] }).urlOf(capability)
}
