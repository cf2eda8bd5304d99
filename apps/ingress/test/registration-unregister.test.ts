import { type StartedRedis, startRedis } from '@ringer/fakes'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type StartedIngress, startIngress } from './start-ingress.ts'

const tokens = {
  voip: 'a1'.repeat(32),
  alert: 'b2'.repeat(32),
  tablet: 'c3'.repeat(32),
  android: 'fcm-registration-token:APA91b_Bob',
}
type Name = keyof typeof tokens
const all = Object.keys(tokens) as Name[]

let redis: StartedRedis
let ingress: StartedIngress
/** What registration answered for each of the phones. */
let ids: Record<Name, string | undefined>
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  ingress = await startIngress(redis.url)
  const { voip, alert, tablet, android } = tokens
  const phone = await register({ voipToken: voip, apnsToken: alert, deviceId: 'iphone-of-bob' })
  ids = {
    ...{ voip: phone.deviceIds?.[0], alert: phone.deviceIds?.[1] },
    tablet: (await register({ platform: 'ios', token: tablet, deviceId: 'ipad-of-bob' })).deviceId,
    android: (await register({ platform: 'android', token: android })).deviceId,
  }
  await ingress.register({
    uid: 'carol',
    platform: 'android',
    token: `${android}-of-carol`,
    deviceId: 'iphone-of-bob',
  })
})
afterAll(() => redis.close())

const register = async (body: object) => (await ingress.register({ uid: 'bob', ...body })).body
const unregister = (body: object) =>
  ingress.register({ uid: 'bob', ...body }, { path: '/api/push/unregister' })

const left = async () => {
  const kept = new Set((await ingress.devices.list('default', 'bob')).map(({ token }) => token))
  return all.filter(name => kept.has(tokens[name]))
}

describe('an unregistration', () => {
  it.each<[string, () => object, Name[]]>([
    ['by the token', () => ({ token: tokens.voip }), ['alert', 'tablet', 'android']],
    [
      'by the token in upper case',
      () => ({ token: tokens.voip.toUpperCase() }),
      ['alert', 'tablet', 'android'],
    ],
    [
      'by the token, platform and all, as registered',
      () => ({ platform: 'ios-voip', token: tokens.voip, deviceId: 'iphone-of-bob' }),
      ['alert', 'tablet', 'android'],
    ],
    ['of the former extension, Android', () => ({ fcmToken: tokens.android }), ['voip', 'alert', 'tablet']],
    [
      'of the former extension, iPhone',
      () => ({ apnsToken: tokens.alert, voipToken: tokens.voip.toUpperCase() }),
      ['tablet', 'android'],
    ],
    ["by the app's own name for the phone", () => ({ deviceId: 'iphone-of-bob' }), ['tablet', 'android']],
    ['by the id that registration answered', () => ({ deviceId: ids.tablet }), ['voip', 'alert', 'android']],
    ['by that id, of one token of two', () => ({ deviceId: ids.alert }), ['voip', 'tablet', 'android']],
    [
      'of a phone, narrowed to a kind',
      () => ({ deviceId: 'iphone-of-bob', kind: 'alert' }),
      ['voip', 'tablet', 'android'],
    ],
    ['of all', () => ({ all: true }), []],
    ['of all of a platform', () => ({ all: true, platform: 'ios' }), ['android']],
    [
      "of all of a platform, by CometChat's name",
      () => ({ all: true, platform: 'APNS_iOS_VOIP' }),
      ['alert', 'android'],
    ],
    ['of all of a kind', () => ({ all: true, kind: 'alert' }), ['voip', 'tablet', 'android']],
    [
      'of all of a platform and a kind',
      () => ({ all: true, platform: 'ios', kind: 'voip' }),
      ['alert', 'android'],
    ],
    ['with nulls', () => ({ all: true, token: null, deviceId: null }), []],
  ])('%s forgets those and no others', async (_, body, kept) => {
    const answer = await unregister(body())
    expect(answer).toMatchObject({ status: 200, body: { status: 'unregistered', count: 4 - kept.length } })
    expect(await left()).toEqual(kept)
    expect(await ingress.devices.list('default', 'carol')).toHaveLength(1)
    expect((await unregister(body())).body).toEqual({ status: 'unknown', count: 0 })
  })

  it.each<[string, object]>([
    ["by somebody else's token", { token: `${tokens.android}-of-carol` }],
    ['by a name that nobody gave', { deviceId: 'another' }],
    ['of a platform and kind that is none', { all: true, platform: 'android', kind: 'voip' }],
  ])('%s forgets nothing', async (_, body) => {
    expect((await unregister(body)).body).toEqual({ status: 'unknown', count: 0 })
    expect(await left()).toEqual(all)
    expect(await ingress.devices.list('default', 'carol')).toHaveLength(1)
  })

  it.each<[string, object, RegExp]>([
    ['names no phone, as in the Swift recipe', {}, /^token: .*"token".*"deviceId".*"all": true/],
    ['says only the platform', { platform: 'ios-voip', kind: 'voip' }, /^token: .*"all": true/],
    ['says that not all are meant', { all: false }, /^token: .*"all": true/],
    ['says both a token and all', { all: true, token: tokens.voip }, /^all: /],
    ['says both a phone and all', { all: true, deviceId: 'iphone-of-bob' }, /^all: /],
    ['says all in a string', { all: 'true' }, /^all: /],
    ['has an empty token', { token: '' }, /^token: /],
    ['has an empty phone', { deviceId: '' }, /^deviceId: /],
    ['has a token without end', { fcmToken: 'x'.repeat(4_097) }, /^fcmToken: /],
    ['is of a browser', { all: true, platform: 'FCM_WEB' }, /^platform: .*browser/],
    ['contradicts itself', { all: true, platform: 'ios-voip', kind: 'alert' }, /^kind: contradicts/],
    ['has another kind', { all: true, kind: 'all' }, /^kind: /],
  ])('that %s is refused, and nothing is forgotten', async (_, body, message) => {
    const answer = await unregister(body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(message)
    expect(answer.text + ingress.log()).not.toMatch(/a1a1|APA91b/)
    expect(await left()).toEqual(all)
  })
})
