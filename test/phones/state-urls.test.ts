import type { PhoneState } from '@ringer/payloads'
import { describe, expect } from 'vitest'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { stateSecret, type World, it as worldIt } from '../world.ts'

const it = worldIt.extend('worldOptions', { stateUrls: true })

/** Rings Bob's two phones. Returns the state URL in each of the pushes. */
async function ringBoth(world: World) {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker()
  await deliver(world.ingress, initiated())
  const [voip] = await world.apns.waitFor(all => all.length === 1)
  const [message] = await world.fcm.waitFor(all => all.length === 1)
  return { voip, message, urls: [voip, message].map(push => String(push?.data.stateUrl)) }
}

/** The address of a state URL at this ingress. */
const at = (ingress: string, url: string | undefined) => `${ingress}${new URL(url ?? '').pathname}`

const stateAt = async (ingress: string, url: string | undefined) =>
  (await fetch(at(ingress, url))).json() as Promise<PhoneState>

describe('with RINGER_PUBLIC_URL', () => {
  it('each push has a URL of its own, at which its phone learns of the end', async ({ world }) => {
    const { voip, urls } = await ringBoth(world)
    expect(new Set(urls).size).toBe(2)
    for (const url of urls) {
      expect(url).toMatch(/\/r\/[\w-]{64}$/)
      expect(url).toBe(at(world.ingress, url))
    }
    expect(voip?.data.data).not.toHaveProperty('stateUrl')
    const other = await world.addIngress()
    for (const ingress of [world.ingress, other]) {
      for (const url of urls) expect(await stateAt(ingress, url)).toMatchObject({ callAction: 'initiated' })
    }
    await deliver(other, ended('cancelled', DEFAULT_SESSION_ID))
    const [, stop] = await world.fcm.waitFor(all => all.length === 2)
    expect(stop?.data).toMatchObject({ callAction: 'cancelled', stateUrl: urls[1] })
    for (const url of urls) {
      expect(await stateAt(world.ingress, url)).toMatchObject({ state: 'ended', callAction: 'cancelled' })
    }
    expect(world.apns.received).toHaveLength(1)
  })

  it('a retried push has the URL of the first attempt, so that both belong to one phone', async ({
    world,
  }) => {
    world.fcm.order({ status: 503, reason: 'UNAVAILABLE' })
    await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
    world.addWorker()
    await deliver(world.ingress, initiated())
    const [first, second] = await world.fcm.waitFor(all => all.length === 2)
    expect(first?.data.stateUrl).toBe(second?.data.stateUrl)
  })

  it('the phone that answered the call is told so, and the other one is told to stop', async ({ world }) => {
    const { urls } = await ringBoth(world)
    const [iphone] = (await world.devices.list('default', 'bob')).filter(({ platform }) => platform === 'ios')
    await world.records.answer(
      'job-a',
      'default',
      { kind: 'answer', sessionId: DEFAULT_SESSION_ID, uid: 'bob', deviceId: iphone?.id },
      Date.now(),
    )
    expect(await stateAt(world.ingress, urls[0])).toMatchObject({
      ...{ state: 'answered', callAction: 'ongoing', answeredHere: true },
    })
    const elsewhere = await stateAt(world.ingress, urls[1])
    expect(elsewhere).toMatchObject({ state: 'answered', callAction: 'ongoing' })
    expect(elsewhere).not.toHaveProperty('answeredHere')
  })

  it('an ordinary notification has no such URL', async ({ world }) => {
    await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
    world.addWorker({ tenant: { missedCall: {} } })
    await deliver(world.ingress, initiated())
    await world.fcm.waitFor(all => all.length === 1)
    await deliver(world.ingress, ended('unanswered', DEFAULT_SESSION_ID))
    const pushes = await world.fcm.waitFor(all => all.length === 3)
    const [missed] = pushes.filter(({ data }) => data.type === 'missed_call')
    expect(missed?.data).not.toHaveProperty('stateUrl')
    expect(missed).toBeDefined()
  })
})

worldIt('two processes with the same settings agree on the URLs', { timeout: 60_000 }, async ({ world }) => {
  const state = { RINGER_PUBLIC_URL: 'https://ringer.test/calls/', RINGER_STATE_SECRET: stateSecret }
  const ingress = await world.addIngressProcess(state)
  const worker = await world.addWorkerProcess(state)
  await register(ingress.url, { uid: 'bob', platform: 'android', token: tokens.android })
  await deliver(ingress.url, initiated())
  const [push] = await world.fcm.waitFor(all => all.length === 1, { timeoutMs: 20_000 })
  const url = String(push?.data.stateUrl)
  expect(url).toMatch(/^https:\/\/ringer\.test\/calls\/r\//)
  // As a proxy passes it on.
  const path = url.slice('https://ringer.test/calls'.length)
  const stream = await fetch(`${ingress.url}${path}`, { headers: { accept: 'text/event-stream' } })
  const shown = await fetch(`${ingress.url}${path}`, { method: 'POST', body: '{"event":"shown"}' })
  expect(shown.status).toBe(204)
  await deliver(ingress.url, ended('cancelled', DEFAULT_SESSION_ID))
  expect(await stream.text()).toMatch(/"callAction":"initiated".*"callAction":"cancelled"/s)
  const asked = await fetch(`${worker.adminUrl}/calls/${DEFAULT_SESSION_ID}?format=text`)
  expect(await asked.text()).toMatch(/shown: The phone reported.*reported shown \d+ ms after the webhook/s)
  const lines = `${ingress.printed()}${worker.printed()}`
  expect(lines).not.toContain(path.slice('/r/'.length, 30))
})

worldIt(
  'without RINGER_PUBLIC_URL, no push has a state URL, and the ingress has no route for one',
  async ({ world }) => {
    const { urls } = await ringBoth(world)
    expect(urls).toEqual(['undefined', 'undefined'])
    expect((await fetch(`${world.ingress}/r/${'A'.repeat(64)}`)).status).toBe(404)
  },
)
