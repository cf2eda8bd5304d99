import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type RingEvent, receiptEvents } from '@ringer/payloads'
import { providerSettings, providers } from '@ringer/providers'
import { settingNames } from '@ringer/service'
import { describe, expect, it } from 'vitest'
import { healthFields } from '../apps/ingress/src/registration/fields/health-fields.ts'
import { buildApnsRing } from '../packages/providers/src/apns/payloads/build-ring.ts'
import { buildFcmRing } from '../packages/providers/src/fcm/payloads/build-ring.ts'
import { buildFcmStop } from '../packages/providers/src/fcm/payloads/build-stop.ts'
import { codeBlocks } from './guides/code-blocks.ts'

const root = new URL('..', import.meta.url)
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8')
const list = async (folder: string) => (await readdir(fileURLToPath(new URL(folder, root)))).sort()

const names = (await list('docs/guides')).filter(name => name.endsWith('.md'))
const guides = await Promise.all(names.map(async name => ({ name, text: await read(`docs/guides/${name}`) })))

const event: RingEvent = {
  kind: 'ring',
  sessionId: 'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678',
  recipient: 'bob',
  caller: { uid: 'alice', name: 'Alice', avatar: 'https://example.com/alice.webp' },
  receiver: { uid: 'bob', name: 'Bob', avatar: 'https://example.com/bob.webp', type: 'user' },
  callType: 'video',
  conversationId: 'alice_user_bob',
}
const stateUrl = `https://ringer.example.com/r/${'x'.repeat(64)}`
const apns = Object.keys(buildApnsRing(event, 0, { stateUrl }))
const ring = Object.keys(buildFcmRing(event, 0, 'call', { stateUrl }))
const stop = Object.keys(buildFcmStop(event, 0, 'call', 'cancelled'))

/** How code in each language reads a key of a push, and which keys it can be sent. */
const readers = {
  swift: { pattern: /\bpayload\["(\w+)"\]/g, sent: apns },
  kotlin: { pattern: /\bdata\["(\w+)"\]/g, sent: ring },
  dart: { pattern: /\bdata\['(\w+)'\]/g, sent: ring },
} as const

const reading = guides.flatMap(({ name, text }) =>
  Object.entries(readers).flatMap(([language, { pattern, sent }]) => {
    const code = codeBlocks(text)
      .filter(block => block.language === language)
      .map(block => block.code)
      .join('\n')
    const keys = Array.from(code.matchAll(pattern), ([, key = '']) => key)
    return keys.length > 0 ? [{ name, language, sent, keys: [...new Set(keys)] }] : []
  }),
)

describe('the code in the guides', () => {
  it('reads pushes in Swift, Kotlin and Dart', () => {
    expect(reading.map(({ name, language }) => `${name} ${language}`)).toEqual([
      'android.md kotlin',
      'flutter.md swift',
      'flutter.md dart',
      'ios.md swift',
      'react-native.md swift',
    ])
  })

  it.each(reading)(
    'reads only keys that Ringer sends, and checks sessionId and callAction: $name, $language',
    ({ keys, sent }) => {
      expect(keys.filter(key => !sent.includes(key))).toEqual([])
      expect(keys).toEqual(expect.arrayContaining(['sessionId', 'callAction']))
    },
  )

  it.each(guides.filter(({ text }) => /CXCallUpdate|CallPushService|CallKitParams|RNCallKeep/.test(text)))(
    'asks the state URL, knows that this phone may have answered, and reports what it did: $name',
    ({ text }) => {
      const code = codeBlocks(text)
        .map(block => block.code)
        .join('\n')
      expect(code).toMatch(/\bstateUrl\b/)
      expect(code).toMatch(/\banswered(?:Here)?\b|isAnswered/)
      const quoted = new Set(Array.from(code.matchAll(/['"]([\w-]+)['"]/g), ([, text]) => text))
      const needed = ['shown', 'suppressed', 'late', 'duplicate']
      expect(needed.filter(event => !quoted.has(event))).toEqual([])
      const reported = Array.from(
        code.matchAll(/(?:\breport|sendReceipt)\((?:\w+, )?['"]([\w-]+)['"]/g),
        ([, event]) => event,
      )
      expect(reported.filter(event => !receiptEvents.some(known => known === event))).toEqual([])
    },
  )

  it.each(
    guides.filter(
      ({ text }) => text.includes('isIgnoringBatteryOptimizations(') && text.includes('```kotlin'),
    ),
  )('registers an Android phone with all health fields that the API takes: $name', ({ text }) => {
    const missing = Object.keys(healthFields).filter(field => !text.includes(`"${field}"`))
    expect(missing).toEqual([])
  })

  it('checks keys that a stop has as well: type, callAction and sessionId', () => {
    expect(stop).toEqual(expect.arrayContaining(['type', 'callAction', 'sessionId']))
  })

  it.each(guides)('calls only paths that the API has: $name', ({ text }) => {
    const paths = Array.from(text.matchAll(/\/api\/[\w/]+/g), ([path]) => path)
    const routes = 'register unregister answered devices ringable subscribe unsubscribe vapid'.split(' ')
    const known = routes.map(path => `/api/push/${path}`)
    expect(paths.filter(path => !known.includes(path))).toEqual([])
  })

  it.each(guides.filter(({ text }) => text.includes('CometChatCalls.joinSession(')))(
    'logs in to the Calls SDK 5, which does not stay logged in, before it joins: $name',
    ({ text }) => {
      expect(text).toMatch(/CometChatCalls\.login(?:WithAuthToken)?\(/)
      expect(text).toContain('CometChatCalls.logout(')
    },
  )

  it.each(guides.filter(({ text }) => text.includes('<uses-permission')))(
    'keeps the microphone with the screen off, and names the channel of missed calls: $name',
    ({ text }) => {
      for (const permission of ['RECORD_AUDIO', 'CAMERA', 'FOREGROUND_SERVICE_MICROPHONE'])
        expect(text).toContain(`<uses-permission android:name="android.permission.${permission}" />`)
      expect(text).toContain('com.google.firebase.messaging.default_notification_channel_id')
    },
  )

  it.each(guides.filter(({ text }) => text.includes('PKPushRegistryDelegate')))(
    'reports to CallKit before anything can return, in every PushKit callback: $name',
    ({ text }) => {
      const callback = /didReceiveIncomingPushWith push[\s\S]*?\{\n([\s\S]*?)\n {2}\}\n/.exec(text)?.[1] ?? ''
      const [before = '', after] = callback.split(/reportNewIncomingCall\(|showCallkitIncoming\(/)
      expect(after).toContain('completion()')
      expect(before).not.toMatch(/\breturn\b|\bawait\b|\basync\b/)
    },
  )
})

describe('the text of the guides', () => {
  it.each(guides.filter(({ text }) => text.includes('## What Ringer sends')))(
    'names only keys that Ringer sends: $name',
    ({ text }) => {
      const section = text.split('## What Ringer sends')[1]?.split('\nNow go')[0] ?? ''
      const keys = Array.from(section.matchAll(/`([a-z][A-Za-z]+)`/g), ([, key = '']) => key)
      expect(keys.length).toBeGreaterThan(10)
      expect(keys.filter(key => ![...apns, 'aps', 'true', 'false'].includes(key))).toEqual([])
    },
  )

  it('names only settings that exist', () => {
    const known = new Set(settingNames(providerSettings(providers)))
    const settings = guides.flatMap(({ text }) =>
      Array.from(
        text.matchAll(/\b(?:RINGER|COMETCHAT|APNS|FCM|REGISTRATION|VAPID|WEBPUSH)_[A-Z_]+[A-Z]/g),
        ([name]) => name,
      ),
    )
    expect(settings.length).toBeGreaterThan(5)
    const platforms = new Set(['FCM_WEB'])
    const unknown = settings.filter(name => !known.has(name) && !platforms.has(name))
    expect(unknown).toEqual([])
  })

  it('links only to files that exist', async () => {
    const links = guides.flatMap(({ text }) =>
      Array.from(text.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, to = '']) => to),
    )
    expect(links.filter(link => !existsSync(new URL(`../docs/guides/${link}`, import.meta.url)))).toEqual([])
    const readme = await read('README.md')
    const linked = Array.from(readme.matchAll(/\]\(docs\/guides\/([^)#]+)\)/g), ([, to = '']) => to)
    expect([...new Set(linked)].sort()).toEqual(names)
  })

  it('gives each block of TypeScript a title, and leaves no code out', () => {
    const blocks = guides.flatMap(({ text }) => codeBlocks(text))
    expect(blocks.filter(({ language, title }) => /^tsx?$/.test(language) && !title)).toEqual([])
    expect(blocks.filter(({ code }) => /^\s*(?:\/\/|#)?\s*(?:\.\.\.|…)\s*$/m.test(code))).toEqual([])
  })
})
