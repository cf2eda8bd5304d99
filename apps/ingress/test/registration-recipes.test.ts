import { type StartedRedis, startRedis } from '@ringer/fakes'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type StartedIngress, startIngress } from './start-ingress.ts'

const pushKit = 'a1'.repeat(32)
const ordinary = 'b2'.repeat(32)
const fcm = 'fcm-registration-token:APA91b_Bob'

const voip = { platform: 'ios', kind: 'voip', token: pushKit }
const alert = { platform: 'ios', kind: 'alert', token: ordinary }
const android = { platform: 'android', kind: 'both', token: fcm }

let redis: StartedRedis
let ingress: StartedIngress
beforeAll(async () => {
  redis = await startRedis()
})
beforeEach(async () => {
  ingress = await startIngress(redis.url)
})
afterAll(() => redis.close())

describe('the registration', () => {
  it.each<[string, object, object[]]>([
    ['of an iPhone, React Native', { platform: 'ios', token: pushKit }, [voip]],
    ['of an Android phone, React Native', { platform: 'android', token: fcm }, [android]],
    ['of an iPhone, the bridge', { platform: 'ios-voip', token: pushKit }, [voip]],
    ['of an Android phone, the bridge', { platform: 'android-fcm', token: fcm }, [android]],
    ['of an iPhone, Swift in upper case', { platform: 'ios', token: pushKit.toUpperCase() }, [voip]],
    ['of an iPhone, by the field alone', { voipToken: pushKit.toUpperCase() }, [voip]],
    [
      "of CometChat's SDK",
      { token: pushKit, platform: 'APNS_REACT_NATIVE_VOIP', providerId: 'apns-provider-1' },
      [voip],
    ],
    ['of the former extension, Android', { fcmToken: fcm }, [android]],
    ['of the former extension, iPhone', { apnsToken: ordinary, voipToken: pushKit }, [voip, alert]],
    ['of the former extension, ordinary token alone', { apnsToken: ordinary }, [alert]],
    [
      'of a phone with nulls for what it does not have',
      { fcmToken: fcm, apnsToken: null, voipToken: null, deviceId: null },
      [android],
    ],
    [
      'of the fields by name, and the platform beside them',
      { platform: 'ios', apnsToken: ordinary, voipToken: pushKit },
      [voip, alert],
    ],
    [
      'of a token beside a named one',
      { platform: 'ios', token: pushKit, apnsToken: ordinary },
      [voip, alert],
    ],
    [
      'of an Android phone that rings only',
      { platform: 'FCM_ANDROID', token: fcm, kind: 'voip' },
      [{ ...android, kind: 'voip' }],
    ],
    [
      'of an Android phone that never rings',
      { fcmToken: fcm, kind: 'alert' },
      [{ ...android, kind: 'alert' }],
    ],
    [
      'of an ordinary iPhone token, by the kind',
      { platform: 'ios', token: ordinary, kind: 'alert' },
      [alert],
    ],
    [
      'that says what its names say already',
      { platform: 'APNS_iOS_VOIP', voipToken: pushKit, kind: 'voip' },
      [voip],
    ],
    [
      'with fields that nobody knows',
      { ...voip, authToken: 'x', muted: false, push: { sound: null } },
      [voip],
    ],
  ])('%s', async (_, body, stored) => {
    const answer = await ingress.register({ uid: 'bob', ...body })
    expect(answer).toMatchObject({ status: 200, body: { status: 'registered' } })
    const devices = await ingress.devices.list('default', 'bob')
    const kept = devices.map(({ platform, kind, token }) => ({ platform, kind, token }))
    expect(kept).toHaveLength(stored.length)
    expect(kept).toEqual(expect.arrayContaining(stored))
    const idOf = new Map(devices.map(({ id, token }) => [token, id]))
    const ids = stored.map(device => idOf.get((device as typeof voip).token))
    expect(answer.body.deviceId).toBe(ids[0])
    expect(answer.body.deviceIds).toEqual(ids.length > 1 ? ids : undefined)
  })

  it('keeps what else is said with each of the tokens', async () => {
    const phone = { environment: 'sandbox', bundleId: 'com.example.chat', deviceId: 'Bob’s iPhone' }
    await ingress.register({ uid: 'bob', apnsToken: ordinary, voipToken: pushKit, ...phone })
    expect(await ingress.devices.list('default', 'bob')).toEqual([
      expect.objectContaining(phone),
      expect.objectContaining(phone),
    ])
  })
})

describe('a platform', () => {
  it.each([
    ['APNS_FLUTTER_VOIP', voip],
    ['APNS_iOS_VOIP', voip],
    ['APNS_IOS_VOIP', voip],
    ['apns_ios_voip', voip],
    ['APNS_REACT_NATIVE_VOIP', voip],
    ['APNS_IONIC_CORDOVA_VOIP', voip],
    ['apns-voip', voip],
    ['iOS', voip],
    ['apns', voip],
    ['IOS-VOIP', voip],
    ['APNS_FLUTTER_DEVICE', alert],
    ['APNS_iOS_DEVICE', alert],
    ['APNS_REACT_NATIVE_DEVICE', alert],
    ['APNS_IONIC_CORDOVA_DEVICE', alert],
    ['FCM_ANDROID', android],
    ['fcm_android', android],
    ['FCM_FLUTTER_ANDROID', android],
    ['FCM_REACT_NATIVE_ANDROID', android],
    ['FCM_IONIC_CORDOVA_ANDROID', android],
    ['Android', android],
    ['fcm', android],
  ])('is called %s', async (platform, stored) => {
    await ingress.register({ uid: 'bob', platform, token: stored.token })
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([stored])
  })

  it.each([
    ...[
      'FCM_iOS',
      'FCM_IOS',
      'FCM_FLUTTER_iOS',
      'FCM_REACT_NATIVE_iOS',
      'FCM_IONIC_CORDOVA_iOS',
      'fcm-ios',
    ].map(platform => [platform, /reached by APNs.*PushKit token.*APNS_REACT_NATIVE_VOIP/] as const),
    ...['FCM_WEB', 'web', 'web-push'].map(
      platform => [platform, /browser.*APNS_…_VOIP.*FCM_…ANDROID/] as const,
    ),
    ...['windows', 'constructor', 'ios ', 'APNS_', 'APNS_VOIP_X', ''].map(
      platform => [platform, /must be ios or android, or one of CometChat's names/] as const,
    ),
  ])('is not called "%s", and the refusal says what to do instead', async (platform, message) => {
    const answer = await ingress.register({ uid: 'bob', platform, token: fcm })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(message)
    expect(answer.body.error?.message).toMatch(/^platform: /)
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('a registration that contradicts itself', () => {
  it.each<[string, object, RegExp]>([
    ['an iPhone for both', { platform: 'ios', token: pushKit, kind: 'both' }, /^kind: .*two tokens/],
    [
      'a VoIP platform for alerts',
      { platform: 'APNS_iOS_VOIP', token: pushKit, kind: 'alert' },
      /^kind: contradicts/,
    ],
    [
      'an ordinary platform that rings',
      { platform: 'APNS_iOS_DEVICE', token: pushKit, kind: 'voip' },
      /^kind: contradicts/,
    ],
    [
      'a VoIP platform for both',
      { platform: 'ios-voip', token: pushKit, kind: 'both' },
      /^kind: contradicts/,
    ],
    ['a VoIP field for alerts', { voipToken: pushKit, kind: 'alert' }, /^kind: contradicts/],
    [
      'an ordinary field of a VoIP platform',
      { apnsToken: ordinary, platform: 'ios-voip' },
      /^kind: contradicts/,
    ],
    [
      'one kind for two tokens',
      { apnsToken: ordinary, voipToken: pushKit, kind: 'voip' },
      /^kind: contradicts/,
    ],
    [
      "an Android phone's iPhone token",
      { voipToken: pushKit, platform: 'android' },
      /^platform: contradicts voipToken, which is for ios/,
    ],
    [
      "an iPhone's Firebase token",
      { fcmToken: fcm, platform: 'ios' },
      /^platform: contradicts fcmToken, which is for android/,
    ],
    ["Firebase's token as Apple's", { platform: 'ios', token: fcm }, /^token: .*hex.*Firebase/],
    [
      'one token for two purposes',
      { apnsToken: pushKit.toUpperCase(), voipToken: pushKit },
      /^apnsToken: is given twice/,
    ],
    ['a token without a platform', { token: fcm }, /^platform: is required$/],
    ['a good token beside a bad one', { voipToken: pushKit, apnsToken: 'none' }, /^apnsToken: .*hex/],
    ['two bad ones', { voipToken: 'none', fcmToken: '' }, /^voipToken: .*; fcmToken: /],
    ['no token at all', { platform: 'ios' }, /^token: is required$/],
  ])('is refused, and nothing of it is kept: %s', async (_, body, message) => {
    const answer = await ingress.register({ uid: 'bob', ...body })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(message)
    expect(answer.text + ingress.log()).not.toMatch(/a1a1|b2b2|APA91b/i)
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('the recipe for browsers', () => {
  it.each(['/api/push/subscribe', '/api/push/unsubscribe'])('is not implemented: %s', async path => {
    const subscription = { endpoint: 'https://push.example.com/x', keys: { p256dh: 'x', auth: 'x' } }
    const answer = await ingress.register({ uid: 'bob', subscription }, { path })
    expect(answer).toMatchObject({ status: 501, body: { error: { code: 'web_push_unsupported' } } })
    expect(answer.body.error?.message).toContain('iPhones and Android phones')
    expect(await ingress.listKeys()).toEqual([])
  })
})
