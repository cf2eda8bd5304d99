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

describe('a call to a group', () => {
  it.each<[string, Webhook, object]>([
    ['signalling', signalledRing(group), call],
    [
      'signalling that names only the session and the caller',
      signalledRing({ ...group, entities: 'lean' }),
      { ...call, caller: { uid: 'alice', name: 'Alice Moreau' }, receiver: { uid: 'choir', type: 'group' } },
    ],
    [
      'signalling without a conversation id',
      withoutField(signalledRing(group), ['data', 'call', 'conversationId']),
      call,
    ],
    [
      'signalling that describes the group only in the call',
      withoutField(signalledRing(group), [...entities, 'for']),
      call,
    ],
    [
      'the flat dialect, which has no times',
      initiatorRing(group),
      { ...call, tag: SESSION_ID, sentAt: undefined },
    ],
  ])('is read from %s, without a recipient', (_, webhook, event) => {
    const parsed = JSON.parse(JSON.stringify(parseWebhook(webhook)))
    expect(parsed).toEqual({
      status: 'event',
      event: JSON.parse(JSON.stringify(event)),
      appId: webhook.appId,
    })
    expect(parsed.event).not.toHaveProperty('recipient')
  })

  it('has the group’s avatar as its picture, or else its icon', () => {
    expect(parseWebhook(signalledRing(group))).toMatchObject({ event: { receiver: choir } })
    const avatar = 'https://pictures.example.com/another.webp'
    const both = withField(signalledRing(group), [...entities, 'for', 'entity', 'avatar'], avatar)
    expect(parseWebhook(both)).toMatchObject({ event: { receiver: { avatar } } })
    expect(parseWebhook(signalledRing({ ...group, callee: chess }))).toMatchObject({
      event: { receiver: { uid: 'chess-club', name: 'Chess club', avatar: undefined } },
    })
  })

  it('describes the group with the entity that has its guid, never with a user’s', () => {
    const person = { entity: { uid: 'carol', name: 'Carol Nuñez' }, entityType: 'user' }
    const webhook = withField(signalledRing(group), [...entities, 'for'], person)
    expect(parseWebhook(webhook)).toMatchObject({ event: { receiver: choir } })
    const withoutGroup = withField(webhook, [...embedded, 'receiver'], person)
    expect(parseWebhook(withoutGroup)).toMatchObject({
      event: { receiver: { uid: 'choir', name: undefined } },
    })
  })

  it.each<[string, Webhook]>([
    ['signalling', signalledRing({ ...group, caller: { ...alice, uid: 'choir' } })],
    ['the flat dialect', initiatorRing({ ...group, caller: { ...alice, uid: 'choir' } })],
  ])('may come from a caller whose uid is the group’s guid: %s', (_, webhook) => {
    expect(parseWebhook(webhook)).toMatchObject({
      event: {
        kind: 'group',
        caller: { ...alice, uid: 'choir' },
        receiver: { uid: 'choir', name: 'Choir', type: 'group' },
      },
    })
  })

  it('is a ring for one member if the custom provider reports it, even if that uid is the guid', () => {
    const to = { uid: 'choir', name: 'A singer' }
    expect(parseWebhook(providerCall('initiated', { ...group, to }))).toMatchObject({
      event: { kind: 'ring', recipient: 'choir', receiver: { uid: 'choir', type: 'group' } },
    })
  })

  it('ends for all members, or for one member if the custom provider reports it', () => {
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
