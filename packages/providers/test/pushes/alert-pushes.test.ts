import { type Alert, parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import {
  providerChat,
  providerGroupAction,
  providerReaction,
  type Webhook,
} from '../../../payloads/test/webhooks.ts'
import { buildApnsAlert } from '../../src/apns/payloads/build-alert.ts'
import { buildFcmAlert } from '../../src/fcm/payloads/build-alert.ts'

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
  it('has the alert under aps, and the app’s keys beside it', () => {
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

  it('has no key for a missing value', () => {
    const push = buildApnsAlert(plain)
    expect(Object.keys(push).sort()).toEqual([...Object.keys(data), 'aps'].sort())
    expect(Object.keys(push.aps).sort()).toEqual(['alert', 'mutable-content', 'sound'])
    expect(Object.keys(push.aps.alert)).toEqual(['title', 'body'])
  })

  it('clears the number on the app’s icon when nothing is unread', () => {
    expect(buildApnsAlert({ ...plain, badge: 0 }).aps).toHaveProperty('badge', 0)
  })

  it('does not wake the app in the background', () => {
    expect(buildApnsAlert(full).aps).not.toHaveProperty('content-available')
  })

  it('is not overwritten by the app’s JSON', () => {
    const withAps = { ...plain, custom: { aps: { alert: 'mallory' } }, message: { aps: {} } }
    expect(buildApnsAlert(withAps).aps).toEqual(buildApnsAlert(plain).aps)
    const withApsInData = { ...plain, data: { ...data, aps: 'mallory' } }
    expect(buildApnsAlert(withApsInData).aps).toEqual(buildApnsAlert(plain).aps)
  })
})

describe('the alert push for an Android phone', () => {
  it('has the notification, and the app’s keys as strings', () => {
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

  it('has no key for a missing value', () => {
    expect(buildFcmAlert(plain)).toEqual({
      notification: { title: 'Alice Moreau', body: 'Are you there?' },
      androidNotification: { sound: 'default' },
      data,
    })
    expect(Object.keys(buildFcmAlert(plain).androidNotification)).toEqual(['sound'])
  })

  it('has no number when nothing is unread, because some launchers show a 0 as a 1', () => {
    expect(buildFcmAlert({ ...plain, badge: 0 }).androidNotification).not.toHaveProperty('notificationCount')
  })

  it.each<[string, unknown, string]>([
    ['a string', 'plain', 'plain'],
    ['an empty string', '', ''],
    ['a number', 7, '7'],
    ['zero', 0, '0'],
    ['false', false, 'false'],
    ['null', null, 'null'],
    ['a list', [1, 'zwei'], '[1,"zwei"]'],
    ['an object', { a: { b: '"' } }, '{"a":{"b":"\\""}}'],
  ])('has the app’s JSON as text: %s', (_, value, text) => {
    expect(buildFcmAlert({ ...plain, custom: value, message: value }).data).toEqual({
      ...data,
      custom: text,
      message: text,
    })
  })
})

describe('an alert push about the same message as an earlier one', () => {
  it('replaces it and belongs to the same conversation', () => {
    const [first, second] = [providerChat(), providerReaction()].map(alertOf)
    if (!first || !second) throw new Error('expected two alerts')
    expect(buildFcmAlert(second).androidNotification.tag).toBe('90288')
    expect(buildFcmAlert(second).androidNotification.tag).toBe(buildFcmAlert(first).androidNotification.tag)
    expect(buildApnsAlert(second).aps['thread-id']).toBe(buildApnsAlert(first).aps['thread-id'])
  })
})

describe.each<[string, Webhook]>([
  ['a message', providerChat({ details: { custom: { theme: 'dark' } } })],
  ['a reaction', providerReaction()],
  ['a change in a group', providerGroupAction()],
  ['a message without a title', providerChat({ details: { title: undefined, senderName: undefined } })],
  ['a message without a body', providerChat({ details: { body: undefined } })],
])('the alert pushes for %s', (_, webhook) => {
  const alert = alertOf(webhook)

  it('have no null, and only strings for Android', () => {
    const { aps, custom, message, ...flat } = buildApnsAlert(alert)
    const android = buildFcmAlert(alert)
    for (const values of [flat, android.data, android.notification, aps.alert]) {
      expect(Object.values(values).every(value => typeof value === 'string')).toBe(true)
    }
    expect(flat).toMatchObject({ type: 'chat', conversationId: alert.thread, tag: alert.collapse })
    expect(Object.keys(android.data)).toEqual(expect.arrayContaining(Object.keys(flat)))
  })

  it('have no key that FCM reserves', () => {
    const keys = Object.keys(buildFcmAlert(alert).data)
    expect(keys.filter(key => /^(from|message_type|notification|google.*|gcm.*)$/.test(key))).toEqual([])
  })

  it('do not look like a call to any app', () => {
    for (const push of [buildApnsAlert(alert), buildFcmAlert(alert).data]) {
      expect(push).not.toHaveProperty('callAction')
      expect(push.type).toBe('chat')
    }
  })
})

function alertOf(webhook: Webhook): Alert {
  const parsed = parseWebhook(webhook)
  if (parsed.status !== 'event' || parsed.event.kind !== 'chat') throw new Error('expected a chat event')
  return parsed.event.notification
}
