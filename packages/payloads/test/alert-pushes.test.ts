import { type Alert, buildApnsAlert, buildFcmAlert, parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { providerChat, providerGroupAction, providerReaction, type Webhook } from './webhooks.ts'

const data = { type: 'chat', sender: 'alice', conversationId: 'alice_user_bob', tag: '90288' }
const plain: Alert = { title: 'Alice Moreau', body: 'Are you there?', data }

const full: Alert = {
  ...plain,
  localisedBody: { key: 'MISSED_CALL', args: ['Alice Moreau'] },
  badge: 5,
  thread: 'alice_user_bob',
  collapse: '90288',
  custom: { theme: 'dark' },
  message: { id: '90288', data: { text: 'Are you there?' } },
}

describe('the alert push for an iPhone', () => {
  it('is shown, and holds the app’s keys beside', () => {
    expect(buildApnsAlert(full)).toEqual({
      ...data,
      custom: { theme: 'dark' },
      message: { id: '90288', data: { text: 'Are you there?' } },
      aps: {
        alert: {
          title: 'Alice Moreau',
          body: 'Are you there?',
          'loc-key': 'MISSED_CALL',
          'loc-args': ['Alice Moreau'],
        },
        sound: 'default',
        badge: 5,
        'thread-id': 'alice_user_bob',
        'mutable-content': 1,
      },
    })
  })

  it('has no key for what is not known', () => {
    const push = buildApnsAlert(plain)
    expect(Object.keys(push).sort()).toEqual([...Object.keys(data), 'aps'].sort())
    expect(Object.keys(push.aps).sort()).toEqual(['alert', 'mutable-content', 'sound'])
    expect(Object.keys(push.aps.alert)).toEqual(['title', 'body'])
  })

  it('clears the number on the icon when nothing is unread', () => {
    expect(buildApnsAlert({ ...plain, badge: 0 }).aps).toHaveProperty('badge', 0)
  })

  it('does not wake the app as for a call', () => {
    expect(buildApnsAlert(full).aps).not.toHaveProperty('content-available')
  })

  it('shows what it says, though the app’s JSON says otherwise', () => {
    const hostile = { ...plain, custom: { aps: { alert: 'mallory' } }, message: { aps: {} } }
    expect(buildApnsAlert(hostile).aps).toEqual(buildApnsAlert(plain).aps)
    const named = { ...plain, data: { ...data, aps: 'mallory' } }
    expect(buildApnsAlert(named).aps).toEqual(buildApnsAlert(plain).aps)
  })
})

describe('the notification for an Android phone', () => {
  it('is shown, and holds the app’s keys as strings', () => {
    expect(buildFcmAlert(full)).toEqual({
      notification: { title: 'Alice Moreau', body: 'Are you there?' },
      androidNotification: {
        tag: '90288',
        bodyLocKey: 'MISSED_CALL',
        bodyLocArgs: ['Alice Moreau'],
        notificationCount: 5,
        sound: 'default',
      },
      data: {
        ...data,
        custom: '{"theme":"dark"}',
        message: '{"id":"90288","data":{"text":"Are you there?"}}',
      },
    })
  })

  it('has no key for what is not known', () => {
    expect(buildFcmAlert(plain)).toEqual({
      notification: { title: 'Alice Moreau', body: 'Are you there?' },
      androidNotification: { sound: 'default' },
      data,
    })
    expect(Object.keys(buildFcmAlert(plain).androidNotification)).toEqual(['sound'])
  })

  it('has no number when nothing is unread, for that some launchers show as a 1', () => {
    expect(buildFcmAlert({ ...plain, badge: 0 }).androidNotification).not.toHaveProperty('notificationCount')
  })

  it.each<[string, unknown, string]>([
    ['a string', 'plain', 'plain'],
    ['an empty string', '', ''],
    ['a number', 7, '7'],
    ['zero', 0, '0'],
    ['a refusal', false, 'false'],
    ['null', null, 'null'],
    ['a list', [1, 'zwei'], '[1,"zwei"]'],
    ['an object', { a: { b: '"' } }, '{"a":{"b":"\\""}}'],
  ])('holds the app’s JSON as text: %s', (_, value, text) => {
    expect(buildFcmAlert({ ...plain, custom: value, message: value }).data).toEqual({
      ...data,
      custom: text,
      message: text,
    })
  })
})

describe('a later notification', () => {
  it('takes the place of the earlier one of its message, and stands with its conversation', () => {
    const [first, second] = [providerChat(), providerReaction()].map(alertOf)
    if (!first || !second) throw new Error('both are notifications')
    expect(buildFcmAlert(second).androidNotification.tag).toBe('90288')
    expect(buildFcmAlert(second).androidNotification.tag).toBe(buildFcmAlert(first).androidNotification.tag)
    expect(buildApnsAlert(second).aps['thread-id']).toBe(buildApnsAlert(first).aps['thread-id'])
  })
})

describe.each<[string, Webhook]>([
  ['a message', providerChat({ details: { custom: { theme: 'dark' } } })],
  ['a reaction', providerReaction()],
  ['a change in a group', providerGroupAction()],
  ['one without a title', providerChat({ details: { title: undefined, senderName: undefined } })],
  ['one without a body', providerChat({ details: { body: undefined } })],
])('the notification of %s', (_, webhook) => {
  const alert = alertOf(webhook)

  it('holds nothing that is null, and strings only for Android', () => {
    const { aps, custom, message, ...flat } = buildApnsAlert(alert)
    const android = buildFcmAlert(alert)
    for (const values of [flat, android.data, android.notification, aps.alert]) {
      expect(Object.values(values).every(value => typeof value === 'string')).toBe(true)
    }
    expect(flat).toMatchObject({ type: 'chat', conversationId: alert.thread, tag: alert.collapse })
    expect(Object.keys(android.data)).toEqual(expect.arrayContaining(Object.keys(flat)))
  })

  it('has no key that Google keeps for itself', () => {
    const keys = Object.keys(buildFcmAlert(alert).data)
    expect(keys.filter(key => /^(from|message_type|notification|google.*|gcm.*)$/.test(key))).toEqual([])
  })

  it('is no call to any app', () => {
    for (const push of [buildApnsAlert(alert), buildFcmAlert(alert).data]) {
      expect(push).not.toHaveProperty('callAction')
      expect(push.type).toBe('chat')
    }
  })
})

function alertOf(webhook: Webhook): Alert {
  const parsed = parseWebhook(webhook)
  if (parsed.status !== 'event' || parsed.event.kind !== 'chat') throw new Error('this is no notification')
  return parsed.event.notification
}
