import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type ApnsWorld, startApnsWorld } from './apns/apns-world.ts'
import { type FcmWorld, startFcmWorld } from './fcm/fcm-world.ts'
import { android, commit, deviceToken, iphone, registrationToken, ringOf } from './pushes/outgoing-push.ts'
import { startWebPushWorld, type WebPushWorld } from './webpush/webpush-world.ts'

const inspectAll = (value: unknown) => inspect(value, { depth: 20, showHidden: true, maxStringLength: null })

/** Returns everything that this process prints during `run`. */
async function printedDuring(run: () => Promise<unknown>): Promise<string> {
  const printed: string[] = []
  const restore = (['stdout', 'stderr'] as const).map(name => {
    const { write } = process[name]
    process[name].write = ((chunk: unknown) => Boolean(printed.push(String(chunk)))) as typeof write
    return () => {
      process[name].write = write
    }
  })
  await run()
  for (const end of restore) end()
  return printed.join('')
}

describe('no outcome and no printed line contains a token', () => {
  const apnsFaults: ((world: ApnsWorld, token: string) => unknown)[] = [
    ({ production }, token) => production.order({ status: 400, reason: token }),
    ({ production }, token) => production.order({ status: 400, reason: `BadDeviceToken ${token}` }),
    ({ production }, token) => production.order({ status: 400, body: `{"reason": "${token}` }),
    ({ production }, token) => production.order({ status: 502, body: token }),
    ({ production }) => production.order({ reset: true }),
    ({ production }) => production.order({ refuseStream: true }),
    ({ production }) => production.dropConnections(),
  ]

  it('whatever APNs answers', async () => {
    const world = await startApnsWorld()
    const outcomes: unknown[] = []
    const printed = await printedDuring(async () => {
      await world.warmUp()
      for (const order of apnsFaults) {
        order(world, deviceToken(1))
        outcomes.push(await world.sender.send(ringOf(iphone(1, { environment: 'production' })), commit))
      }
      await world.close()
    })
    const bearer = world.production.received[0]?.headers.authorization?.slice('bearer '.length)
    for (const text of [inspectAll(outcomes), printed]) {
      expect(text).not.toContain(deviceToken(1))
      expect(text).not.toContain(bearer ?? 'no bearer')
    }
  })

  const fcmFaults: ((world: FcmWorld, token: string) => unknown)[] = [
    ({ fcm }, token) => fcm.order({ status: 400, reason: 'INVALID_ARGUMENT', body: token }),
    ({ fcm }, token) => fcm.order({ status: 400, body: JSON.stringify({ error: { status: token } }) }),
    ({ fcm }, token) => fcm.order({ status: 400, body: JSON.stringify({ error: token }) }),
    ({ fcm }, token) => fcm.order({ status: 200, body: token }),
    ({ fcm }, token) => fcm.order({ status: 502, body: `<html>${token}</html>` }),
    ({ fcm }) => fcm.order({ reset: true }),
    ({ fcm }) => fcm.dropConnections(),
    ({ fcm }) => fcm.order({ status: 401, reason: 'UNAUTHENTICATED' }),
    ({ fcm }) => fcm.orderTokenRequest({ status: 200, body: '{"access_token":"ya29.stand-in-cut' }),
  ]

  it('whatever FCM answers', async () => {
    const world = await startFcmWorld()
    const outcomes: unknown[] = []
    const printed = await printedDuring(async () => {
      await world.warmUp()
      for (const order of fcmFaults) {
        order(world, registrationToken(1))
        outcomes.push(await world.sender.send(ringOf(android(1)), commit))
      }
      await world.close()
    })
    expect(outcomes.some(outcome => inspectAll(outcome).includes('retryable'))).toBe(true)
    for (const text of [inspectAll(outcomes), printed]) {
      expect(text).not.toContain(registrationToken(1))
      expect(text).not.toContain('ya29.')
    }
  })

  const webPushFaults: ((world: WebPushWorld, token: string) => unknown)[] = [
    ({ pushService }, token) => pushService.order({ status: 400, reason: token }),
    ({ pushService }, token) =>
      pushService.order({ status: 404, body: JSON.stringify({ reason: token, errno: token }) }),
    ({ pushService }, token) => pushService.order({ status: 502, body: `<html>${token}</html>` }),
    ({ pushService }) => pushService.order({ reset: true }),
    ({ pushService }) => pushService.dropConnections(),
  ]

  it('whatever a push service answers', async () => {
    const world = await startWebPushWorld()
    const { token } = world.browser(1)
    const { endpoint, keys } = JSON.parse(token)
    const outcomes: unknown[] = []
    const printed = await printedDuring(async () => {
      await world.warmUp()
      for (const order of webPushFaults) {
        order(world, endpoint)
        outcomes.push(await world.sendTo(1))
      }
      await world.close()
    })
    for (const text of [inspectAll(outcomes), printed]) {
      for (const part of [endpoint, keys.auth, keys.p256dh, world.config.privateKey, 'vapid t='])
        expect(text).not.toContain(part)
    }
  })
})
