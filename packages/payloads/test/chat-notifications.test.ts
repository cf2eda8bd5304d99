import { parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { withField } from './vary.ts'
import {
  APP_ID,
  bob,
  carol,
  providerChat,
  providerGroupAction,
  providerReaction,
  type Webhook,
} from './webhooks.ts'

const SENT_AT = 1_781_024_001_000
const details = 'data.notificationDetails'

const keys = {
  type: 'chat',
  title: 'Alice Moreau',
  body: 'Are you there?',
  sender: 'alice',
  senderName: 'Alice Moreau',
  senderAvatar: 'https://pictures.example.com/alice.webp',
  receiver: 'bob',
  receiverName: 'Bob Okafor',
  receiverAvatar: 'https://pictures.example.com/bob.webp',
  receiverType: 'user',
  conversationId: 'alice_user_bob',
  tag: '90288',
  sentAt: String(SENT_AT),
}

describe('a chat notification', () => {
  it.each<[string, Webhook, object]>([
    [
      'a message',
      providerChat(),
      {
        recipient: 'bob',
        notification: {
          title: 'Alice Moreau',
          body: 'Are you there?',
          badge: 5,
          thread: 'alice_user_bob',
          collapse: '90288',
          data: { ...keys, unreadMessageCount: '5' },
          message: { id: '90288', category: 'message' },
        },
      },
    ],
    [
      'a reaction',
      providerReaction(),
      {
        recipient: 'bob',
        notification: {
          title: 'Alice Moreau',
          body: 'Reacted to your message: 😎',
          thread: 'alice_user_bob',
          collapse: '90288',
          data: { ...keys, body: 'Reacted to your message: 😎' },
        },
      },
    ],
    [
      'a change in a group, which has no picture of the receiver',
      providerGroupAction(),
      {
        recipient: 'carol',
        notification: {
          title: 'Chess club',
          body: 'Alice Moreau added Carol Nuñez',
          thread: 'group_chess-club',
          collapse: 'chess-club',
          data: {
            type: 'chat',
            title: 'Chess club',
            body: 'Alice Moreau added Carol Nuñez',
            sender: 'alice',
            senderName: 'Alice Moreau',
            receiver: 'chess-club',
            receiverName: 'Chess club',
            receiverType: 'group',
            conversationId: 'group_chess-club',
            tag: 'chess-club',
            sentAt: String(SENT_AT),
          },
        },
      },
    ],
  ])('is read for one recipient: %s', (_, webhook, event) => {
    expect(JSON.parse(JSON.stringify(parseWebhook(webhook)))).toEqual({
      status: 'event',
      event: { kind: 'chat', sentAt: SENT_AT, ...event },
      appId: APP_ID,
    })
  })

  it.each(['sender', 'receiver', 'receiverType', 'conversationId', 'tag', 'sentAt'])(
    'is read without its field %s if that is null',
    field => {
      const path = ['data', 'notificationDetails', field]
      const { data, ...alert } = alertOf(withField(providerChat(), path, null))
      expect(data).not.toHaveProperty(field)
      expect(alert).toMatchObject({ title: 'Alice Moreau', body: 'Are you there?' })
    },
  )

  it('goes to the user to whom CometChat sends it, not to the receiver of the message', () => {
    expect(parseWebhook(providerGroupAction({ to: bob }))).toMatchObject({ event: { recipient: 'bob' } })
    expect(parseWebhook(providerChat({ to: carol }))).toMatchObject({ event: { recipient: 'carol' } })
  })
})

describe('the text of a chat notification', () => {
  it.each([
    ['the notification’s own title and body', {}, 'Alice Moreau', 'Are you there?'],
    [
      'the sender’s name as title, if there is no title',
      { title: undefined },
      'Alice Moreau',
      'Are you there?',
    ],
    [
      'the sender’s uid as title, if there is no name either',
      { title: undefined, senderName: undefined },
      'alice',
      'Are you there?',
    ],
    [
      'the sender’s uid as title, if title and name are empty',
      { title: '', senderName: '' },
      'alice',
      'Are you there?',
    ],
    [
      'the sender’s uid as title, if title and name are null',
      { title: null, senderName: null },
      'alice',
      'Are you there?',
    ],
    ['an empty body, if there is none', { body: undefined }, 'Alice Moreau', ''],
    [
      'an empty title, if the sender is unknown too',
      { title: undefined, senderName: undefined, sender: undefined },
      '',
      'Are you there?',
    ],
    [
      'repaired, if it was cut in the middle of an emoji',
      { body: 'Are \ud83d' },
      'Alice Moreau',
      'Are \ufffd',
    ],
  ])('is %s', (_, fields, title, body) => {
    expect(alertOf(providerChat({ details: fields }))).toMatchObject({ title, body })
  })

  it('is not made up in the data that the app reads', () => {
    const { data } = alertOf(providerChat({ details: { title: undefined, body: null, senderAvatar: '' } }))
    expect(data).not.toHaveProperty('title')
    expect(data).not.toHaveProperty('body')
    expect(data).not.toHaveProperty('senderAvatar')
    expect(Object.values(data).every(value => typeof value === 'string' && value !== '')).toBe(true)
  })

  it('must not be empty', () => {
    const empty = { title: undefined, body: '', senderName: null, sender: undefined }
    expect(parseWebhook(providerChat({ details: empty }))).toMatchObject({
      status: 'invalid',
      faults: [{ path: `${details}.title` }],
    })
  })
})

describe('the number on the app’s icon', () => {
  it.each([
    ['a number', 5, 5],
    ['a string of digits', '12', 12],
    ['nothing unread', 0, 0],
    ['nothing unread, as a string', '0', 0],
    ['the largest number allowed', 1_000_000, 1_000_000],
    ['absent', undefined, undefined],
    ['null', null, undefined],
    ['empty', '', undefined],
    ['white space', ' ', undefined],
    ['a word', 'many', undefined],
    ['negative', -1, undefined],
    ['a fraction', 1.5, undefined],
    ['hexadecimal', '0x10', undefined],
    ['larger than allowed', 1_000_001, undefined],
    ['400 digits', '9'.repeat(400), undefined],
    ['true', true, undefined],
    ['a list', [], undefined],
    ['a list of one', [7], undefined],
    ['an object', {}, undefined],
  ])('is read from %s', (_, unreadMessageCount, badge) => {
    const alert = alertOf(providerChat({ details: { unreadMessageCount } }))
    expect(alert.badge).toBe(badge)
    expect(alert.data.unreadMessageCount).toBe(badge === undefined ? undefined : String(badge))
  })
})

describe.each(['custom', 'message'] as const)('the JSON in %s', name => {
  const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

  it.each<[string, unknown]>([
    ['an object', { theme: 'dark', deep: [{ er: [1, null, true] }] }],
    ['a list', [1, 'two']],
    ['a string', 'plain'],
    ['an empty string', ''],
    ['a number', 7],
    ['zero', 0],
    ['false', false],
    ['keys that every object inherits', JSON.parse('{"__proto__":{"uid":"mallory"},"toString":1}')],
    ['a backslash before text that looks like an escape', 'C:\\ud83d\\\\udc00'],
    ['emoji and quotes', { '🦊"': '\\"\n\u0001😀' }],
  ])('is passed on unchanged: %s', (_, value) => {
    const passed = alertOf(providerChat({ details: { [name]: value } }))[name]
    expect(JSON.stringify(passed)).toBe(JSON.stringify(value))
  })

  it('is passed on if it has 4,096 bytes, and left out if it has one more', () => {
    const largest = { text: 'x'.repeat(4_096 - sizeOf({ text: '' })) }
    expect(sizeOf(largest)).toBe(4_096)
    expect(alertOf(providerChat({ details: { [name]: largest } }))[name]).toEqual(largest)
    const larger = { text: `${largest.text}x` }
    expect(alertOf(providerChat({ details: { [name]: larger } }))[name]).toBeUndefined()
  })

  it('is measured in bytes', () => {
    const passed = alertOf(providerChat({ details: { [name]: 'ü'.repeat(2_100) } }))
    expect(passed[name]).toBeUndefined()
  })

  it.each([
    ['absent', undefined],
    ['null', null],
    // JSON.parse, which reads the webhook, accepts any depth; JSON.stringify does not.
    ['nested too deeply for JSON.stringify', nested(60_000)],
  ])('is left out if it is %s', (_, value) => {
    const webhook = withField(providerChat(), ['data', 'notificationDetails', name], value)
    expect(alertOf(webhook)[name]).toBeUndefined()
  })

  it('is repaired if a text in it was cut in the middle of an emoji', () => {
    const cut = { 'key \ud83d': ['half \udc00', 'whole 😀', '\\ud83d'] }
    expect(alertOf(providerChat({ details: { [name]: cut } }))[name]).toEqual({
      'key \ufffd': ['half \ufffd', 'whole 😀', '\\ud83d'],
    })
  })
})

describe('a malformed chat notification', () => {
  it.each<[string, unknown]>([
    ['title', 7],
    ['body', ['Are you there?']],
    ['sender', 'u'.repeat(101)],
    ['sender', ' alice'],
    ['senderName', {}],
    ['senderAvatar', 7],
    ['receiver', ''],
    ['receiverName', false],
    ['receiverAvatar', []],
    ['receiverType', 'planet'],
    ['conversationId', 'c'.repeat(256)],
    ['tag', 't'.repeat(101)],
    ['tag', {}],
    ['sentAt', 'now'],
  ])('is invalid, and its field %s is named: %j', (field, value) => {
    const webhook = withField(providerChat(), ['data', 'notificationDetails', field], value)
    expect(parseWebhook(webhook)).toMatchObject({
      status: 'invalid',
      faults: [{ path: `${details}.${field}`, message: expect.stringMatching(/./) }],
    })
  })

  it('is invalid without a recipient, which is named', () => {
    expect(parseWebhook(withField(providerChat(), ['data', 'to'], {}))).toMatchObject({
      status: 'invalid',
      faults: [{ path: 'data.to.uid' }],
    })
  })

  it('is invalid, and all of its wrong fields are named', () => {
    const webhook = providerChat({ details: { title: 7, sender: '', sentAt: true } })
    const parsed = parseWebhook(webhook)
    const paths = parsed.status === 'invalid' ? parsed.faults.map(({ path }) => path) : []
    expect([...new Set(paths)].sort()).toEqual(
      ['sender', 'sentAt', 'title'].map(name => `${details}.${name}`),
    )
  })
})

function alertOf(webhook: Webhook) {
  const parsed = parseWebhook(webhook)
  if (parsed.status !== 'event' || parsed.event.kind !== 'chat')
    throw new Error(`expected a chat event: ${JSON.stringify(parsed)}`)
  return parsed.event.notification
}

function nested(depth: number) {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth))
}
