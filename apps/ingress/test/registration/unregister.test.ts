import { describe, expect } from 'vitest'
import { it as ingressIt } from '../start-ingress.ts'

const tokens = {
  voip: 'a1'.repeat(32),
  alert: 'b2'.repeat(32),
  tablet: 'c3'.repeat(32),
  android: 'fcm-registration-token:APA91b_Bob',
}
type Name = keyof typeof tokens
const all = Object.keys(tokens) as Name[]

/** The id that registration answered for each token. */
type Ids = Record<Name, string | undefined>

/**
 * Vitest's `it` with the phones of Bob: an iPhone with two tokens, an iPad and an Android phone. Carol has a phone with
 * the same name as his iPhone.
 */
const it = ingressIt.extend('bob', async ({ ingress }) => {
  const { voip, alert, tablet, android } = tokens
  const register = async (body: object) => (await ingress.register({ uid: 'bob', ...body })).body
  const phone = await register({ voipToken: voip, apnsToken: alert, deviceId: 'iphone-of-bob' })
  const ids: Ids = {
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
  return {
    ids,
    unregister: (body: object) => ingress.register({ uid: 'bob', ...body }, { path: '/api/push/unregister' }),
    /** Lists the tokens that are still registered. */
    async left() {
      const kept = new Set((await ingress.devices.list('default', 'bob')).map(({ token }) => token))
      return all.filter(name => kept.has(tokens[name]))
    },
  }
})

describe('an unregistration', () => {
  it.for<[string, (ids: Ids) => object, Name[]]>([
    ['by the token', () => ({ token: tokens.voip }), ['alert', 'tablet', 'android']],
    [
      'by the token in upper case',
      () => ({ token: tokens.voip.toUpperCase() }),
      ['alert', 'tablet', 'android'],
    ],
    [
      'by the token, with all fields of the registration',
      () => ({ platform: 'ios-voip', token: tokens.voip, deviceId: 'iphone-of-bob' }),
      ['alert', 'tablet', 'android'],
    ],
    ['of the former extension, Android', () => ({ fcmToken: tokens.android }), ['voip', 'alert', 'tablet']],
    [
      'of the former extension, iPhone',
      () => ({ apnsToken: tokens.alert, voipToken: tokens.voip.toUpperCase() }),
      ['tablet', 'android'],
    ],
    ["by the app's own name for a phone", () => ({ deviceId: 'iphone-of-bob' }), ['tablet', 'android']],
    ['by the id that registration answered', ids => ({ deviceId: ids.tablet }), ['voip', 'alert', 'android']],
    [
      'by the id of one of a phone’s two tokens',
      ids => ({ deviceId: ids.alert }),
      ['voip', 'tablet', 'android'],
    ],
    [
      'of a phone, limited to one kind',
      () => ({ deviceId: 'iphone-of-bob', kind: 'alert' }),
      ['voip', 'tablet', 'android'],
    ],
    ['of all phones', () => ({ all: true }), []],
    ['of all phones of a platform', () => ({ all: true, platform: 'ios' }), ['android']],
    [
      "of all phones of a platform, by CometChat's name",
      () => ({ all: true, platform: 'APNS_iOS_VOIP' }),
      ['alert', 'android'],
    ],
    ['of all tokens of a kind', () => ({ all: true, kind: 'alert' }), ['voip', 'tablet', 'android']],
    [
      'of all tokens of a platform and a kind',
      () => ({ all: true, platform: 'ios', kind: 'voip' }),
      ['alert', 'android'],
    ],
    ['with null for missing values', () => ({ all: true, token: null, deviceId: null }), []],
  ])('%s forgets the matching tokens and no others', async ([_, body, kept], { ingress, bob }) => {
    const answer = await bob.unregister(body(bob.ids))
    expect(answer).toMatchObject({ status: 200, body: { status: 'unregistered', count: 4 - kept.length } })
    expect(await bob.left()).toEqual(kept)
    expect(await ingress.devices.list('default', 'carol')).toHaveLength(1)
    expect((await bob.unregister(body(bob.ids))).body).toEqual({ status: 'unknown', count: 0 })
  })

  it('by a Firebase installation id forgets it', async ({ ingress, bob }) => {
    const fid = 'cB7nC0_x2kQ-9LmZr4T1aS'
    await ingress.register({ uid: 'bob', platform: 'android', fid })
    expect((await bob.unregister({ fid })).body).toEqual({ status: 'unregistered', count: 1 })
    expect((await bob.unregister({ fid })).body).toEqual({ status: 'unknown', count: 0 })
    expect(await bob.left()).toEqual(all)
  })

  it.for<[string, object]>([
    ["by somebody else's token", { token: `${tokens.android}-of-carol` }],
    ['by an unknown deviceId', { deviceId: 'another' }],
    ['of a platform and kind that match no token', { all: true, platform: 'android', kind: 'voip' }],
  ])('%s forgets nothing', async ([_, body], { ingress, bob }) => {
    expect((await bob.unregister(body)).body).toEqual({ status: 'unknown', count: 0 })
    expect(await bob.left()).toEqual(all)
    expect(await ingress.devices.list('default', 'carol')).toHaveLength(1)
  })

  it.for<[string, object, RegExp]>([
    ['names no phone, as in the Swift recipe', {}, /^token: .*"token".*"deviceId".*"all": true/],
    ['has only a platform and a kind', { platform: 'ios-voip', kind: 'voip' }, /^token: .*"all": true/],
    ['has "all": false and nothing else', { all: false }, /^token: .*"all": true/],
    ['has both a token and "all"', { all: true, token: tokens.voip }, /^all: /],
    ['has both a deviceId and "all"', { all: true, deviceId: 'iphone-of-bob' }, /^all: /],
    ['has a string for "all"', { all: 'true' }, /^all: /],
    ['has an empty token', { token: '' }, /^token: /],
    ['has an empty deviceId', { deviceId: '' }, /^deviceId: /],
    ['has a token that is too long', { fcmToken: 'x'.repeat(4_097) }, /^fcmToken: /],
    ['has an unknown platform', { all: true, platform: 'windows' }, /^platform: must be/],
    ['contradicts itself', { all: true, platform: 'ios-voip', kind: 'alert' }, /^kind: contradicts/],
    ['has an unknown kind', { all: true, kind: 'all' }, /^kind: /],
  ])('that %s is refused, and nothing is forgotten', async ([_, body, message], { ingress, bob }) => {
    const answer = await bob.unregister(body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(message)
    expect(answer.text + ingress.log()).not.toMatch(/a1a1|APA91b/)
    expect(await bob.left()).toEqual(all)
  })
})
