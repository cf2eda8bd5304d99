import { describe, expect } from 'vitest'
import {
  initiatorEnd,
  initiatorRing,
  participantJoined,
  participantLeft,
  providerCall,
  receivedRing,
  sessionEnded,
  signalledEnd,
  signalledRing,
  started,
  type Webhook,
} from '../../packages/payloads/test/webhooks.ts'
import { basic, deliver, post } from '../webhooks.ts'
import { itInSharedWorld, login, registrationKey, type World } from '../world.ts'

interface Line {
  sessionId: string
  callee: { uid: string; name: string }
  sentAt: number
}

let people = 0

const it = itInSharedWorld
  .extend('send', ({ world }) => (webhook: Webhook) => {
    const provider = webhook.trigger.startsWith('push-')
    return deliver(
      world.ingress,
      webhook,
      provider ? { path: '/providers/cometchat', headers: { authorization: basic(login) } } : {},
    )
  })
  .extend('bob', ({ world }) => newLine(world))
it.beforeAll(({ world }) => {
  world.addWorker({ tenant: { stopOtherDevices: true } })
})

/** Registers somebody whom no other test uses, with an iPhone and two Android phones, and prepares a call to them. */
async function newLine(world: World) {
  people += 1
  const uid = `bob-${people}`
  const iphone = people.toString(16).padStart(64, 'a')
  const androids = [`first-android-phone-of-${uid}`, `second-android-phone-of-${uid}`] as const
  const usual = { appId: 'default', uid }
  await world.devices.register({ ...usual, platform: 'ios', kind: 'voip', token: iphone }, Date.now())
  for (const token of androids) {
    await world.devices.register({ ...usual, platform: 'android', kind: 'both', token }, Date.now())
  }
  const line: Line = {
    sessionId: `v1.eu.whole-life-${people}`,
    callee: { uid, name: 'Bob' },
    sentAt: Date.now(),
  }
  const record = async () => (await world.records.read('default', line.sessionId))?.rings[0]
  return {
    line,
    record,
    androids,
    /** Waits until it is recorded that all three phones were rung. */
    rung: () =>
      expect
        .poll(async () => (await record())?.devices.map(device => device.outcome), { timeout: 5_000 })
        .toEqual(['accepted', 'accepted', 'accepted']),
    stopsOf: (token: string) =>
      world.fcm
        .accepted(token)
        .flatMap(({ data }) => (data.callAction === 'initiated' ? [] : [data.callAction])),
    rings: () => [
      ...world.apns.accepted(iphone),
      ...androids.flatMap(token =>
        world.fcm.accepted(token).filter(({ data }) => data.callAction === 'initiated'),
      ),
    ],
    iphonePushes: () => world.apns.accepted(iphone).length,
  }
}

const ends = ['cancelled', 'rejected', 'unanswered', 'busy'] as const
const rows: [dialect: string, action: string, ring: (line: Line) => Webhook, end: (line: Line) => Webhook][] =
  [
    ...ends.flatMap((action): typeof rows => [
      [
        'documented, with entities',
        action,
        signalledRing,
        line => signalledEnd(action, { ...line, sentAt: Date.now() }),
      ],
      [
        'documented, naming no session',
        action,
        signalledRing,
        line => signalledEnd(action, { ...line, sentAt: Date.now(), entities: 'none' }),
      ],
      ["recipes', with initiator", action, initiatorRing, line => initiatorEnd(action, line)],
      ['call.received', action, receivedRing, line => initiatorEnd(action, line)],
      [
        'custom provider',
        action,
        line => providerCall('initiated', line),
        line => providerCall(action, { ...line, sentAt: Date.now() }),
      ],
    ]),
    ['media', 'ended', signalledRing, line => sessionEnded('call', { ...line, at: Date.now() })],
    [
      'custom provider',
      'ended',
      signalledRing,
      line => providerCall('ended', { ...line, sentAt: Date.now() }),
    ],
  ]

describe.each(rows)('an end (%s, %s)', (_dialect, action, ring, end) => {
  it('stops the ringing Android phones and sends the iPhone nothing', async ({ send, bob }) => {
    await send(ring(bob.line))
    await bob.rung()
    expect((await send(end(bob.line))).body.status).toBe('queued')
    for (const token of bob.androids) await expect.poll(() => bob.stopsOf(token)).toEqual([action])
    expect((await bob.record())?.state).toBe('ended')
    expect(bob.iphonePushes()).toBe(1)
  })

  it('that arrives before its ring keeps every phone silent', async ({ send, bob }) => {
    await send(end(bob.line))
    await expect.poll(async () => (await send(ring(bob.line))).body.status).toBe('queued')
    await expect.poll(async () => (await bob.record())?.state).toBe('ended')
    expect(bob.rings()).toEqual([])
    expect((await bob.record())?.devices).toEqual([])
  })
})

/** Bob joins, from a named platform or an unnamed one. */
function joins(line: Line, platform?: string): Webhook {
  const webhook = participantJoined('call', { ...line, at: Date.now(), who: line.callee })
  const { initial_config, ...data } = webhook.data
  return { ...webhook, data: platform === undefined ? data : { ...data, initial_config: { platform } } }
}

const reportAnswer = (world: World, body: object) =>
  post(`${world.ingress}/api/push/answered`, JSON.stringify(body), {
    'content-type': 'application/json',
    authorization: `Bearer ${registrationKey}`,
  })

describe('an answer', () => {
  const state = (bob: Awaited<ReturnType<typeof newLine>>) =>
    expect.poll(async () => (await bob.record())?.state).toBe('answered')

  it.for(['ios', 'web', 'iOS'])('from %s stops both Android phones', async (platform, { send, bob }) => {
    await send(signalledRing(bob.line))
    await bob.rung()
    await send(joins(bob.line, platform))
    await state(bob)
    for (const token of bob.androids) await expect.poll(() => bob.stopsOf(token)).toEqual(['ongoing'])
    expect(bob.iphonePushes()).toBe(1)
  })

  it.for([
    ['an unnamed Android phone', (line: Line) => joins(line, 'android')],
    ['an unnamed platform', (line: Line) => joins(line)],
    ['an unknown platform', (line: Line) => joins(line, 'toaster')],
    ['an unnamed platform, over the custom provider', (line: Line) => providerCall('ongoing', line)],
  ] as const)(
    'from %s stops no Android phone, until the app reports which one answered and the other is stopped',
    async ([_, joined], { world, send, bob }) => {
      await send(signalledRing(bob.line))
      await bob.rung()
      await send(joined(bob.line))
      await state(bob)
      const { sessionId, callee } = bob.line
      const [answering, other] = bob.androids
      expect((await reportAnswer(world, { uid: callee.uid, sessionId, token: answering })).status).toBe(200)
      await expect.poll(() => bob.stopsOf(other)).toEqual(['ongoing'])
      expect(bob.stopsOf(answering)).toEqual([])
    },
  )

  it('that the app reports first is not overwritten by CometChat’s webhook', async ({ world, send, bob }) => {
    await send(signalledRing(bob.line))
    await bob.rung()
    const [answering, other] = bob.androids
    const { sessionId, callee } = bob.line
    await reportAnswer(world, { uid: callee.uid, sessionId, token: answering })
    await expect.poll(() => bob.stopsOf(other)).toEqual(['ongoing'])
    const answeredOn = (await bob.record())?.answeredOn
    await send(joins(bob.line, 'android'))
    await send(sessionEnded('call', { sessionId, at: Date.now() }))
    await expect.poll(() => bob.stopsOf(answering)).toEqual(['ended'])
    expect((await bob.record())?.answeredOn).toBe(answeredOn)
  })

  it('that arrives before the ring keeps every phone silent', async ({ send, bob }) => {
    await send(joins(bob.line, 'web'))
    await send(signalledRing(bob.line))
    await state(bob)
    expect(bob.rings()).toEqual([])
  })

  it('by the caller, who joins first, changes nothing', async ({ send, bob }) => {
    await send(signalledRing(bob.line))
    await bob.rung()
    await send(participantJoined('call', { ...bob.line, at: Date.now(), who: { uid: 'alice' } }))
    await send(signalledEnd('cancelled', { ...bob.line, sentAt: Date.now() }))
    for (const token of bob.androids) await expect.poll(() => bob.stopsOf(token)).toEqual(['cancelled'])
  })

  it.for([
    ['no phone of that user', { token: 'a-token-that-nobody-registered' }, 404, /deviceId/],
    ['nothing', {}, 400, /deviceId: is required/],
  ] as const)('that names %s is refused', async ([_, named, status, message], { world }) => {
    const answer = await reportAnswer(world, { uid: 'bob-1', sessionId: 'v1.eu.any', ...named })
    expect(answer.status).toBe(status)
    expect(answer.body.error?.message).toMatch(message)
  })
})

describe('a webhook that neither rings nor stops', () => {
  it.for([
    ['call_started', (line: Line) => started('call', line)],
    ['call_participant_left', (line: Line) => participantLeft('call', line)],
    ['call_participant_joined without a uid', (line: Line) => participantJoined('call', line)],
  ] as const)('%s is ignored, and the call keeps ringing', async ([_, webhook], { send, bob }) => {
    await send(signalledRing(bob.line))
    await bob.rung()
    expect((await send(webhook(bob.line))).body.status).toBe('ignored')
    await send(signalledEnd('cancelled', { ...bob.line, sentAt: Date.now() }))
    for (const token of bob.androids) await expect.poll(() => bob.stopsOf(token)).toEqual(['cancelled'])
    expect(bob.rings()).toHaveLength(3)
  })
})
