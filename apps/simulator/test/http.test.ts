import { describe, expect, it } from 'vitest'
import { openStates } from './open-states.ts'
import { startStage } from './start-stage.ts'

describe('the page', () => {
  it('is served with a policy that forbids loading anything from other origins', async () => {
    const { url } = await startStage()
    const response = await fetch(url)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    const html = await response.text()
    const assets = [...html.matchAll(/(?:src|href)="([^#"]+)"/g)].map(([, path]) => path ?? '')
    expect(assets.length).toBeGreaterThan(3)
    for (const path of assets) expect((await fetch(`${url}/${path}`)).status, path).toBe(200)
  })

  it('gets the whole state whenever it connects', async () => {
    const { url, ring, page } = await startStage()
    expect(page.headers.get('content-type')).toContain('text/event-stream')
    const { sessionId } = await ring()
    const second = await openStates(url)
    const state = await second.waitFor('the first state', () => true)
    expect(state.call?.sessionId).toBe(sessionId)
    second.close()
  })

  it('gets no secrets and no device tokens', async () => {
    const { ring, apns, ringer, secret } = await startStage()
    const text = JSON.stringify((await ring()).state)
    const tokens = [...ringer.devices.values()].map(({ token }) => token)
    for (const word of [secret, 'registration-key', ...apns.devices.keys(), ...tokens])
      expect(text).not.toContain(word)
  })
})

describe('the phones', () => {
  it('register again until the ingress accepts them, and readiness waits for that', async () => {
    const { url, registered, ringer } = await startStage({ registrationFaults: [503, 503] })
    const early = await fetch(`${url}/health/ready`)
    expect(early.status).toBe(503)
    await early.body?.cancel()
    await registered()
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    expect([...ringer.devices.values()].map(({ platform }) => platform).sort()).toEqual([
      'android',
      'android',
      'ios',
      'web',
    ])
  })
})

describe('a request', () => {
  it.each([
    ['an unknown kind of call', { callType: 'telegram' }, 'callType'],
    ['no kind of call', {}, 'callType'],
    ['too many deliveries', { callType: 'audio', deliveries: 11 }, 'deliveries'],
    ['a fractional number of deliveries', { callType: 'audio', deliveries: 1.5 }, 'deliveries'],
    ['a string in place of a boolean', { callType: 'audio', concurrently: 'yes' }, 'concurrently'],
  ])('with %s is refused with an error that names the field', async (_, body, field) => {
    const { post, ringer } = await startStage()
    const answer = await post('/api/calls', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error.code).toBe('invalid_request')
    expect(answer.body.error.message).toContain(`${field}:`)
    expect(ringer.requests).toEqual([])
  })

  it('that is not JSON is refused with an error of the same form', async () => {
    const { post } = await startStage()
    const answer = await post('/api/calls', '{"callType":')
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toBeTypeOf('string')
  })

  it('for a phone that does not exist is refused with an error that names the field', async () => {
    const { ring, post } = await startStage()
    const { sessionId } = await ring()
    const answer = await post(`/api/calls/${sessionId}/answer`, { phone: 'fax' })
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toContain('phone:')
  })

  it('for a call that does not exist, or is not in the right phase, is refused with the reason', async () => {
    const { ring, post } = await startStage()
    expect(await post('/api/calls/nothing/cancel')).toMatchObject({
      status: 404,
      body: { error: { code: 'unknown_call' } },
    })
    const { sessionId } = await ring()
    const second = await post('/api/calls', { callType: 'audio' })
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'call_in_progress' } } })
    const end = await post(`/api/calls/${sessionId}/end`)
    expect(end).toMatchObject({ status: 409, body: { error: { code: 'call_not_answered' } } })
    await post(`/api/calls/${sessionId}/reject`, { phone: 'iphone' })
    const again = await post(`/api/calls/${sessionId}/reject`, { phone: 'iphone' })
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'call_not_ringing' } } })
  })

  it.each([
    ['Origin is another host', { origin: 'https://example.com' }],
    ['Origin has no host', { origin: 'null' }],
    ['Sec-Fetch-Site is cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site is same-site, as for another port', { 'sec-fetch-site': 'same-site' }],
  ])('is refused if its %s', async (_, headers) => {
    const { post, ringer } = await startStage()
    const answer = await post('/api/calls', { callType: 'audio' }, headers)
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'cross_site' } } })
    expect(ringer.requests).toEqual([])
  })

  it('from the simulator’s own page is accepted', async () => {
    const { post, url, registered } = await startStage()
    await registered()
    const headers = { origin: url, 'sec-fetch-site': 'same-origin' }
    expect((await post('/api/calls', { callType: 'audio' }, headers)).status).toBe(200)
  })
})

describe('a push on the wires', () => {
  /** What is behind the first line of the log that this describes. */
  async function open({ url, page }: Awaited<ReturnType<typeof startStage>>, source: string) {
    const { log } = await page.waitFor(`a line of ${source}`, now =>
      now.log.some(line => line.source === source && line.hasExchange),
    )
    const line = log.find(known => known.source === source && known.hasExchange)
    const response = await fetch(`${url}/api/wires/${line?.id}`)
    return (await response.json()) as { request: { headers: object; body: string }; curl: string }
  }

  it('to the browser is shown decrypted, and says so', async () => {
    const stage = await startStage()
    const { sessionId } = await stage.ring()
    const { request, curl } = await open(stage, 'Web push')
    expect(JSON.parse(request.body)).toMatchObject({ type: 'incoming_call', sessionId })
    expect(request.headers).toMatchObject({ authorization: 'vapid t=$TOKEN, k=$VAPID_PUBLIC_KEY' })
    expect(curl).toMatch(/^# Shown decrypted\..*\ncurl -i --insecure 'https:/)
  })

  it('to a phone is a command that can be sent as it is', async () => {
    const stage = await startStage()
    await stage.ring()
    const { request, curl } = await open(stage, 'APNs')
    expect(request.headers).toMatchObject({ authorization: 'bearer $TOKEN' })
    expect(curl).toMatch(/^curl -i --insecure 'https:/)
  })
})
