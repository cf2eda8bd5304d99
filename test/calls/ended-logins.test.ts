import { type FakeCometChat, startFakeCometChat } from '@ringer/fakes/cometchat'
import { callPolicyGroup, createCometChatApi } from '@ringer/service'
import { describe, expect } from 'vitest'
import { createWorkerTenant } from '../../apps/worker/src/create-worker-tenant.ts'
import { deliver, initiated, post, tokens } from '../webhooks.ts'
import { type World, it as worldIt } from '../world.ts'

/** The auth tokens of Bob's logins, one on each of his phones. */
const logins = {
  iphone: 'bob_1630306819c3027ce530b2367f3c97b4106f0cb8',
  android: 'bob_1730306819c3027ce530b2367f3c97b4106f0cb9',
}
const phones = {
  iphone: { platform: 'ios', token: tokens.iphone },
  android: { platform: 'android', token: tokens.android },
}

const it = worldIt
  .extend('cometchat', async ({ redis: _ }, { onCleanup }) => {
    const cometchat = await startFakeCometChat()
    for (const authToken of Object.values(logins)) cometchat.authTokens.set(authToken, 'bob')
    onCleanup(() => cometchat.close())
    return cometchat
  })
  // An ingress at which phones are registered with the auth token of their login.
  .extend('door', ({ world, cometchat }) =>
    world.addIngress({
      tenant: {
        registrationAuth: { kind: 'cometchat', check: createCometChatApi(cometchat).checkAuthToken },
      },
    }),
  )

/** A tenant's settings that differ from the usual ones. */
function loginsOf({ url, apiKey }: FakeCometChat, RINGER_CHECK_LOGINS: 'true' | 'false') {
  const policy = callPolicyGroup.build({ RINGER_CHECK_LOGINS })
  const config = {
    cometchat: { appId: 'default', api: { url, fallbackUrls: [], apiKey, requestsPerMinute: 600 } },
    policy,
    providers: new Map(),
  }
  return { logins: createWorkerTenant(config, []).logins }
}

const register = (door: string, phone: keyof typeof phones) =>
  post(`${door}/api/push/register`, JSON.stringify({ uid: 'bob', ...phones[phone] }), {
    authorization: `Bearer ${logins[phone]}`,
  })
const platforms = async (world: World) =>
  (await world.devices.list('default', 'bob')).map(({ platform }) => platform).sort()
const listings = (cometchat: FakeCometChat) =>
  cometchat.requests.filter(({ path }) => path.includes('/auth_tokens?'))

async function ring(world: World, sessionId: string) {
  await deliver(world.ingress, initiated({ sessionId }))
  await expect
    .poll(async () => (await world.records.read('default', sessionId))?.rings[0]?.devices)
    .not.toHaveLength(0)
}

describe('a phone whose login CometChat has ended', () => {
  it('is forgotten at the next call, and the others ring on', async ({ world, cometchat, door }) => {
    for (const phone of ['iphone', 'android'] as const) await register(door, phone)
    world.addWorker({ tenant: loginsOf(cometchat, 'true') })
    cometchat.authTokens.delete(logins.android)
    await ring(world, 'v1.eu.first')
    await expect.poll(() => platforms(world)).toEqual(['ios'])
    await ring(world, 'v1.eu.second')
    await world.apns.waitFor(received => received.length === 2)
    expect(world.fcm.received.length).toBeLessThanOrEqual(1)
    // Asked once in five minutes.
    expect(listings(cometchat)).toHaveLength(1)
  })

  it('rings again after a new login', async ({ world, cometchat, door }) => {
    await register(door, 'android')
    world.addWorker({ tenant: loginsOf(cometchat, 'true') })
    cometchat.authTokens.delete(logins.android)
    await ring(world, 'v1.eu.first')
    await expect.poll(() => platforms(world)).toEqual([])
    const renewed = 'bob_1830306819c3027ce530b2367f3c97b4106f0cba'
    cometchat.authTokens.set(renewed, 'bob')
    const body = JSON.stringify({ uid: 'bob', ...phones.android })
    await post(`${door}/api/push/register`, body, { authorization: `Bearer ${renewed}` })
    expect(await platforms(world)).toEqual(['android'])
  })

  it('rings on if CometChat does not list the logins', async ({ world, cometchat, door }) => {
    await register(door, 'android')
    world.addWorker({ tenant: loginsOf(cometchat, 'true') })
    cometchat.authTokens.delete(logins.android)
    cometchat.order({ status: 503 })
    await ring(world, 'v1.eu.first')
    await expect.poll(() => listings(cometchat).length).toBe(1)
    await ring(world, 'v1.eu.second')
    await world.fcm.waitFor(received => received.length === 2)
    expect(await platforms(world)).toEqual(['android'])
  })

  it('rings on, and CometChat is not asked, without RINGER_CHECK_LOGINS', async ({
    world,
    cometchat,
    door,
  }) => {
    await register(door, 'android')
    world.addWorker({ tenant: loginsOf(cometchat, 'false') })
    cometchat.authTokens.delete(logins.android)
    await ring(world, 'v1.eu.first')
    await world.fcm.waitFor(received => received.length === 1)
    expect(await platforms(world)).toEqual(['android'])
    expect(listings(cometchat)).toEqual([])
  })

  it('has left no auth token in Redis', async ({ world, door }) => {
    await register(door, 'iphone')
    const [device] = await world.devices.list('default', 'bob')
    expect(device?.login).toMatch(/^[\w-]{32}$/)
    const stored = await world.reader.hgetall(world.keys.device(device?.id ?? ''))
    expect(JSON.stringify(stored)).not.toContain(logins.iphone)
  })
})
