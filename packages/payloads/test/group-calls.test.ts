import { parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { type Path, withField, withoutField } from './vary.ts'
import {
  APP_ID,
  alice,
  chess,
  choir,
  initiatorRing,
  MESSAGE_ID,
  providerCall,
  SENT_AT,
  SESSION_ID,
  signalledEnd,
  signalledRing,
  type Webhook,
} from './webhooks.ts'

const group = { callee: choir, receiverType: 'group' as const }
const entities: Path = ['data', 'call', 'data', 'entities']
const embedded: Path = [...entities, 'on', 'entity', 'data', 'entities']

const call = {
  kind: 'group',
  sessionId: SESSION_ID,
  caller: alice,
  receiver: { ...choir, type: 'group' },
  callType: 'video',
  conversationId: 'group_choir',
  tag: MESSAGE_ID,
  sentAt: SENT_AT,
}

describe('a call of a group', () => {
  it.each<[string, Webhook, object]>([
    ['signalling', signalledRing(group), call],
    [
      'signalling that names the session and the caller only',
      signalledRing({ ...group, entities: 'lean' }),
      { ...call, caller: { uid: 'alice', name: 'Alice Moreau' }, receiver: { uid: 'choir', type: 'group' } },
    ],
    [
      'signalling without a conversation id',
      withoutField(signalledRing(group), ['data', 'call', 'conversationId']),
      call,
    ],
    [
      'signalling whose group is described only where the call is',
      withoutField(signalledRing(group), [...entities, 'for']),
      call,
    ],
    [
      'the flat dialect, which tells no time',
      initiatorRing(group),
      { ...call, tag: SESSION_ID, sentAt: undefined },
    ],
  ])('is read from %s, and names no member', (_, webhook, event) => {
    const parsed = JSON.parse(JSON.stringify(parseWebhook(webhook)))
    expect(parsed).toEqual({
      status: 'event',
      event: JSON.parse(JSON.stringify(event)),
      appId: webhook.appId,
    })
    expect(parsed.event).not.toHaveProperty('recipient')
  })

  it('shows the group’s icon, and its avatar where it has one', () => {
    expect(parseWebhook(signalledRing(group))).toMatchObject({ event: { receiver: choir } })
    const avatar = 'https://pictures.example.com/another.webp'
    const both = withField(signalledRing(group), [...entities, 'for', 'entity', 'avatar'], avatar)
    expect(parseWebhook(both)).toMatchObject({ event: { receiver: { avatar } } })
    expect(parseWebhook(signalledRing({ ...group, callee: chess }))).toMatchObject({
      event: { receiver: { uid: 'chess-club', name: 'Chess club', avatar: undefined } },
    })
  })

  it('knows its group by the guid, and takes nobody’s description for the group’s', () => {
    const person = { entity: { uid: 'carol', name: 'Carol Nuñez' }, entityType: 'user' }
    const webhook = withField(signalledRing(group), [...entities, 'for'], person)
    expect(parseWebhook(webhook)).toMatchObject({ event: { receiver: choir } })
    const undescribed = withField(webhook, [...embedded, 'receiver'], person)
    expect(parseWebhook(undescribed)).toMatchObject({
      event: { receiver: { uid: 'choir', name: undefined } },
    })
  })

  it.each<[string, Webhook]>([
    ['signalling', signalledRing({ ...group, caller: { ...alice, uid: 'choir' } })],
    ['the flat dialect', initiatorRing({ ...group, caller: { ...alice, uid: 'choir' } })],
  ])('may come from a member whose uid is the group’s guid: %s', (_, webhook) => {
    expect(parseWebhook(webhook)).toMatchObject({
      event: {
        kind: 'group',
        caller: { ...alice, uid: 'choir' },
        receiver: { uid: 'choir', name: 'Choir', type: 'group' },
      },
    })
  })

  it('rings one member where the custom provider tells that member, also one whose uid is the guid', () => {
    const to = { uid: 'choir', name: 'A singer' }
    expect(parseWebhook(providerCall('initiated', { ...group, to }))).toMatchObject({
      event: { kind: 'ring', recipient: 'choir', receiver: { uid: 'choir', type: 'group' } },
    })
  })

  it('is over for all of them, unless the end is told to one', () => {
    const whole = parseWebhook(signalledEnd('unanswered', group))
    expect(whole).toMatchObject({
      event: { kind: 'end', action: 'unanswered', sessionId: SESSION_ID, conversationId: 'group_choir' },
      appId: APP_ID,
    })
    expect(whole).not.toHaveProperty('event.recipient')
    expect(parseWebhook(providerCall('unanswered', { ...group, to: { uid: 'carol' } }))).toMatchObject({
      event: { kind: 'end', recipient: 'carol' },
    })
  })
})
