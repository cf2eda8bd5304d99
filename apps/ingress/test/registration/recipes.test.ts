import { createECDH } from 'node:crypto'
import { createProviders, providers } from '@ringer/providers'
import { describe, expect } from 'vitest'
import { it } from '../start-ingress.ts'

const platforms = providers.flatMap(provider => provider.platforms)
const mustBePlatform = new RegExp(`must be ${platforms.join(' or ')}, or one of CometChat's names`)
const pushKit = 'a1'.repeat(32)
const ordinary = 'b2'.repeat(32)
const fcm = 'fcm-registration-token:APA91b_Bob'

const installation = 'cB7nC0_x2kQ-9LmZr4T1aS'

const voip = { platform: 'ios', kind: 'voip', token: pushKit }
const alert = { platform: 'ios', kind: 'alert', token: ordinary }
const android = { platform: 'android', kind: 'both', token: fcm }
const fid = { ...android, token: `fid:${installation}` }
const webFcm = { ...android, platform: 'web-fcm' }
const subscription = browserSubscription()
const { expirationTime: _, ...stored } = subscription
const web = { platform: 'web', kind: 'both', token: JSON.stringify(stored) }

describe('a registration', () => {
  it.for<[string, object, object[]]>([
    ['of an iPhone, recipe for React Native', { platform: 'ios', token: pushKit }, [voip]],
    ['of an Android phone, recipe for React Native', { platform: 'android', token: fcm }, [android]],
    ['of an iPhone, recipe for the bridge', { platform: 'ios-voip', token: pushKit }, [voip]],
    ['of an Android phone, recipe for the bridge', { platform: 'android-fcm', token: fcm }, [android]],
    [
      'of an iPhone, recipe for Swift, in upper case',
      { platform: 'ios', token: pushKit.toUpperCase() },
      [voip],
    ],
    ['of an iPhone, by the name of the field alone', { voipToken: pushKit.toUpperCase() }, [voip]],
    [
      "of CometChat's SDK",
      { token: pushKit, platform: 'APNS_REACT_NATIVE_VOIP', providerId: 'apns-provider-1' },
      [voip],
    ],
    ['of the former extension, Android', { fcmToken: fcm }, [android]],
    ['of a Firebase installation id', { platform: 'android', fid: installation }, [fid]],
    ['of a Firebase installation id as a token', { platform: 'FCM_ANDROID', token: installation }, [fid]],
    [
      'of the Firebase installation id of a browser',
      { platform: 'FCM_WEB', fid: installation },
      [{ ...fid, platform: 'web-fcm' }],
    ],
    ['of the former extension, iPhone', { apnsToken: ordinary, voipToken: pushKit }, [voip, alert]],
    ['of the former extension, only the ordinary token', { apnsToken: ordinary }, [alert]],
    [
      'with null for missing values',
      { fcmToken: fcm, apnsToken: null, voipToken: null, deviceId: null },
      [android],
    ],
    [
      'with named fields and a platform',
      { platform: 'ios', apnsToken: ordinary, voipToken: pushKit },
      [voip, alert],
    ],
    [
      'with the field token and a named field',
      { platform: 'ios', token: pushKit, apnsToken: ordinary },
      [voip, alert],
    ],
    [
      'of an Android phone that only rings',
      { platform: 'FCM_ANDROID', token: fcm, kind: 'voip' },
      [{ ...android, kind: 'voip' }],
    ],
    [
      'of an Android phone that never rings',
      { fcmToken: fcm, kind: 'alert' },
      [{ ...android, kind: 'alert' }],
    ],
    [
      'of an ordinary iPhone token, by its kind',
      { platform: 'ios', token: ordinary, kind: 'alert' },
      [alert],
    ],
    [
      'that repeats in kind what the names already say',
      { platform: 'APNS_iOS_VOIP', voipToken: pushKit, kind: 'voip' },
      [voip],
    ],
    ['with unknown fields', { ...voip, authToken: 'x', muted: false, push: { sound: null } }, [voip]],
  ])('%s is stored', async ([_, body, stored], { ingress }) => {
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

  it('stores its other fields with each of its tokens', async ({ ingress }) => {
    const phone = { environment: 'sandbox', bundleId: 'com.example.chat', deviceId: 'Bob’s iPhone' }
    await ingress.register({ uid: 'bob', apnsToken: ordinary, voipToken: pushKit, ...phone })
    expect(await ingress.devices.list('default', 'bob')).toEqual([
      expect.objectContaining(phone),
      expect.objectContaining(phone),
    ])
  })
})

describe('a platform', () => {
  it.for([
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
    ['FCM_WEB', webFcm],
    ['FCM_REACT_WEB', webFcm],
    ['web-fcm', webFcm],
    ['web', webFcm],
    ['web', web],
    ['web-push', web],
  ] as const)('is recognised by the name %s', async ([platform, stored], { ingress }) => {
    await ingress.register({ uid: 'bob', platform, token: stored.token })
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([stored])
  })

  it.for([
    ...[
      'FCM_iOS',
      'FCM_IOS',
      'FCM_FLUTTER_iOS',
      'FCM_REACT_NATIVE_iOS',
      'FCM_IONIC_CORDOVA_iOS',
      'fcm-ios',
    ].map(platform => [platform, /reached by APNs.*PushKit token.*APNS_REACT_NATIVE_VOIP/] as const),
    ...['windows', 'constructor', 'ios ', 'APNS_', 'APNS_VOIP_X', ''].map(
      platform => [platform, mustBePlatform] as const,
    ),
  ])('named "%s" is refused with what to send instead', async ([platform, message], { ingress }) => {
    const answer = await ingress.register({ uid: 'bob', platform, token: fcm })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(message)
    expect(answer.body.error?.message).toMatch(/^platform: /)
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('a contradictory or incomplete registration', () => {
  it.for<[string, object, RegExp]>([
    ['an iPhone token for both', { platform: 'ios', token: pushKit, kind: 'both' }, /^kind: .*two tokens/],
    [
      'a VoIP platform for alerts',
      { platform: 'APNS_iOS_VOIP', token: pushKit, kind: 'alert' },
      /^kind: contradicts/,
    ],
    [
      'an ordinary platform for rings',
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
      'an ordinary field with a VoIP platform',
      { apnsToken: ordinary, platform: 'ios-voip' },
      /^kind: contradicts/,
    ],
    [
      'one kind for two tokens',
      { apnsToken: ordinary, voipToken: pushKit, kind: 'voip' },
      /^kind: contradicts/,
    ],
    [
      'an iPhone token field with platform android',
      { voipToken: pushKit, platform: 'android' },
      /^platform: contradicts voipToken, which is for ios/,
    ],
    [
      'a Firebase token field with platform ios',
      { fcmToken: fcm, platform: 'ios' },
      /^platform: contradicts fcmToken, which is for android/,
    ],
    ["a Firebase token in place of Apple's", { platform: 'ios', token: fcm }, /^token: .*hex.*Firebase/],
    [
      'the same token in two fields',
      { apnsToken: pushKit.toUpperCase(), voipToken: pushKit },
      /^apnsToken: is given twice/,
    ],
    [
      "a Firebase installation id in place of Apple's token",
      { platform: 'ios', fid: installation },
      /^fid: .*hex/,
    ],
    ['half a Firebase installation id', { platform: 'android', fid: 'cB7nC0' }, /^fid: .*onRegistered/],
    [
      'a Firebase installation id and its token',
      { platform: 'android', fid: installation, token: `${installation}:APA91bBob` },
      /^fid: is a second token for the same pushes/,
    ],
    ['a token without a platform', { token: fcm }, /^platform: is required$/],
    ['a valid token and an invalid one', { voipToken: pushKit, apnsToken: 'none' }, /^apnsToken: .*hex/],
    ['two invalid tokens', { voipToken: 'none', fcmToken: '' }, /^voipToken: .*; fcmToken: /],
    ['no token at all', { platform: 'ios' }, /^token: is required$/],
  ])('is refused, and none of its tokens is stored: %s', async ([_, body, message], { ingress }) => {
    const answer = await ingress.register({ uid: 'bob', ...body })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(message)
    expect(answer.text + ingress.log()).not.toMatch(/a1a1|b2b2|APA91b/i)
    expect(await ingress.listKeys()).toEqual([])
  })
})

describe('the routes of the recipe for browsers', () => {
  const at = (path: string) => ({ path })

  it('register and unregister a subscription', async ({ ingress }) => {
    const body = { uid: 'bob', subscription }
    const registered = await ingress.register(body, at('/api/push/subscribe'))
    expect(registered).toMatchObject({ status: 200, body: { status: 'registered' } })
    const [device] = await ingress.devices.list('default', 'bob')
    expect(device).toMatchObject({ ...web, id: registered.body.deviceId })
    expect(ingress.log()).not.toContain('push.example.com')
    const unregistered = await ingress.register(body, at('/api/push/unsubscribe'))
    expect(unregistered).toMatchObject({ status: 200, body: { status: 'unregistered', count: 1 } })
    expect(await ingress.devices.list('default', 'bob')).toEqual([])
  })

  it('know the same subscription again, however its browser writes it', async ({ ingress }) => {
    const { p256dh, auth } = subscription.keys
    const padded = { p256dh: Buffer.from(p256dh, 'base64url').toString('base64'), auth: `${auth}==` }
    await ingress.register({ uid: 'bob', subscription }, at('/api/push/subscribe'))
    const endpoint = subscription.endpoint.replace('https://push.', 'https://PUSH.')
    await ingress.register(
      { uid: 'bob', subscription: { keys: padded, endpoint } },
      at('/api/push/subscribe'),
    )
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([web])
  })

  it.for<[string, object, RegExp]>([
    ['plain http', { ...subscription, endpoint: 'http://push.example.com/x' }, /https/],
    ['an address', { ...subscription, endpoint: 'https://169.254.169.254/x' }, /public name/],
    ['an address in other words', { ...subscription, endpoint: 'https://0x7f.1/x' }, /public name/],
    ['an IPv6 address', { ...subscription, endpoint: 'https://[::1]/x' }, /public name/],
    ['an inside name', { ...subscription, endpoint: 'https://redis/x' }, /public name/],
    ['localhost', { ...subscription, endpoint: 'https://LOCALHOST./x' }, /public name/],
    ['a name of this network', { ...subscription, endpoint: 'https://db.internal/x' }, /public name/],
    ['another port', { ...subscription, endpoint: 'https://push.example.com:6379/x' }, /port 443/],
    ['a password', { ...subscription, endpoint: 'https://a:b@push.example.com/x' }, /password/],
    ['a key that is no point', { ...subscription, keys: { ...subscription.keys, p256dh: 'BAAA' } }, /p256dh/],
    ['a short secret', { ...subscription, keys: { ...subscription.keys, auth: 'AAAA' } }, /auth/],
    ['no keys', { endpoint: subscription.endpoint }, /toJSON/],
  ])('refuse a subscription with %s', async ([, wrong, message], { ingress }) => {
    const answer = await ingress.register({ uid: 'bob', subscription: wrong }, at('/api/push/subscribe'))
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_registration' } } })
    expect(answer.body.error?.message).toMatch(/^subscription: /)
    expect(answer.body.error?.message).toMatch(message)
    expect(answer.text + ingress.log()).not.toMatch(/example\.com|169\.254|redis/)
    expect(await ingress.listKeys()).toEqual([])
  })

  it('accept an inside host that WEBPUSH_ENDPOINT_HOSTS names', async ({ startIngress }) => {
    const ingress = await startIngress({ providers: createProviders(['localhost']) })
    const local = { ...subscription, endpoint: 'https://localhost:8443/x' }
    const answer = await ingress.register({ uid: 'bob', subscription: local }, at('/api/push/subscribe'))
    expect(answer).toMatchObject({ status: 200 })
  })

  it('unregister both kinds of browsers by their platform', async ({ ingress }) => {
    await ingress.register({ uid: 'bob', platform: 'web', token: fcm })
    await ingress.register({ uid: 'bob', subscription })
    await ingress.register({ uid: 'bob', platform: 'ios', token: pushKit })
    const answer = await ingress.register(
      { uid: 'bob', all: true, platform: 'web' },
      at('/api/push/unregister'),
    )
    expect(answer).toMatchObject({ status: 200, body: { status: 'unregistered', count: 2 } })
    expect(await ingress.devices.list('default', 'bob')).toMatchObject([voip])
  })

  it('tell a page with which key to subscribe, without a credential', async ({ startIngress }) => {
    const ingress = await startIngress({ tenant: { vapidPublicKey: 'BKey' } })
    const answer = await fetch(`${ingress.url}/api/push/vapid`)
    expect(await answer.json()).toEqual({ publicKey: 'BKey' })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('say that browsers are not rung without a key', async ({ ingress }) => {
    const answer = await fetch(`${ingress.url}/api/push/vapid`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: { code: 'web_push_off' } })
  })

  it('send CORS headers to pages of other origins, also with a refusal', async ({ ingress }) => {
    const url = `${ingress.url}/api/push/subscribe`
    const preflight = await fetch(url, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-allow-methods': 'GET, POST',
    })
    const refused = await fetch(url, { method: 'POST', body: '{}' })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    const webhook = await fetch(`${ingress.url}/webhooks/cometchat`, { method: 'POST', body: '{}' })
    expect(webhook.headers.get('access-control-allow-origin')).toBeNull()
  })
})

/** What a browser gives a page. */
function browserSubscription() {
  const p256dh = createECDH('prime256v1').generateKeys().toString('base64url')
  const auth = Buffer.alloc(16, 7).toString('base64url')
  return { endpoint: 'https://push.example.com/x', expirationTime: null, keys: { p256dh, auth } }
}
