import { type Alert, type CallEvent, callEvent, MAX_PUSH_BYTES, parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { buildApnsAlert } from '../../providers/src/apns/payloads/build-alert.ts'
import { buildFcmAlert } from '../../providers/src/fcm/payloads/build-alert.ts'
import { type Path, pathsOf, withField, withoutField } from './vary.ts'
import {
  bob,
  choir,
  initiatorEnd,
  initiatorRing,
  legacyMeetingAnnounced,
  legacyMessage,
  meetingAnnounced,
  messageSent,
  participantJoined,
  providerCall,
  providerChat,
  providerGroupAction,
  providerMeeting,
  providerReaction,
  receivedRing,
  sessionEnded,
  signalledEnd,
  signalledRing,
  type Webhook,
} from './webhooks.ts'

const onEntity = 'data.call.data.entities.on.entity'
const details = 'data.notificationDetails'

const meetingFields = ['sender', 'receiver', 'receiverType', 'data']
/** Parses with all options on. */
const parse = (body: unknown) => parseWebhook(body, { ringMeetings: true })

/** The required fields of each dialect, in the sender's own names. */
const required: [string, Webhook, string[]][] = [
  [
    'signalled ring',
    signalledRing(),
    ['trigger', 'data', 'data.call', 'data.call.receiverType', 'data.call.type', `${onEntity}.sessionid`],
  ],
  [
    'signalled end',
    signalledEnd('cancelled', { entities: 'none' }),
    ['data.call', 'data.call.conversationId'],
  ],
  [
    'initiator ring',
    initiatorRing(),
    ['sessionId', 'type', 'initiator.uid', 'receiver', 'receiver.uid'].map(inData),
  ],
  ['call.received', receivedRing(), ['sessionId', 'type', 'sender', 'sender.uid', 'receiver'].map(inData)],
  [
    'custom provider',
    providerCall('initiated'),
    [
      'data.to',
      'data.to.uid',
      details,
      `${details}.type`,
      `${details}.callAction`,
      `${details}.sessionId`,
      `${details}.callType`,
      `${details}.sender`,
      `${details}.receiver`,
      `${details}.receiverType`,
    ],
  ],
  ['custom provider’s chat', providerChat(), ['data.to', 'data.to.uid', details, `${details}.type`]],
  [
    'meeting by message_sent',
    meetingAnnounced(),
    [...meetingFields, 'data.customData'].map(field => `data.message.${field}`),
  ],
  ['meeting by after_message', legacyMeetingAnnounced(), meetingFields.map(inData)],
  [
    'meeting by the custom provider',
    providerMeeting(),
    meetingFields.map(field => `${details}.message.${field}`),
  ],
  [
    'signalled ring of a group',
    signalledRing({ callee: choir, receiverType: 'group' }),
    ['data.call', 'data.call.receiverType', 'data.call.type', `${onEntity}.sessionid`],
  ],
  ['participant joined', participantJoined('call', { who: bob }), ['sessionId', 'occupant'].map(inData)],
  ['meeting joined', participantJoined('meeting', { who: bob }), ['sessionId', 'occupant'].map(inData)],
  ['call ended', sessionEnded('call'), ['data.sessionId']],
  ['meeting ended', sessionEnded('meeting'), ['data.sessionId']],
]

function inData(field: string) {
  return `data.${field}`
}

const damages: [string, (json: Webhook, path: Path) => Webhook][] = [
  ['removed', withoutField],
  ['null', (json, path) => withField(json, path, null)],
  ['empty', (json, path) => withField(json, path, '')],
  ['a number', (json, path) => withField(json, path, 7)],
  ['a boolean', (json, path) => withField(json, path, true)],
  ['a list', (json, path) => withField(json, path, ['alice'])],
  ['an empty list', (json, path) => withField(json, path, [])],
]

const requiredAndDamaged = required.flatMap(([dialect, webhook, paths]) =>
  paths.flatMap(path => damages.map(([damage, apply]) => ({ dialect, path, damage, webhook, apply }))),
)

describe('a required field', () => {
  it.each(requiredAndDamaged)(
    'is named in the fault: $dialect, $path $damage',
    ({ webhook, path, apply }) => {
      const result = parse(apply(webhook, path.split('.')))
      expect(result).toMatchObject({ status: 'invalid' })
      expect(faultPaths(result)).toEqual([path])
    },
  )

  it.each([
    [
      'caller',
      signalledRing({ entities: 'lean' }),
      ['data.call.data.entities.by', 'data.call.sender'],
      'data.call.sender',
    ],
    ['callee', signalledRing({ entities: 'lean' }), ['data.call.receiver'], 'data.call.receiver'],
    ['session of a flat ring', initiatorRing(), ['data.initiator'], 'data.call'],
    ['session of a flat end', initiatorEnd('cancelled'), ['data.sessionId'], 'data.call'],
  ])('is named when it is missing and no other field has the %s', (_, webhook, removed, named) => {
    const damaged = removed.reduce((json, path) => withoutField(json, path.split('.')), webhook)
    expect(faultPaths(parse(damaged))).toEqual([named])
  })

  it('is named together with all other wrong fields', () => {
    const webhook = { trigger: 'call.received', data: { sender: { uid: '' }, type: 'hologram', receiver: 7 } }
    expect(faultPaths(parse(webhook)).sort()).toEqual([
      'data.receiver',
      'data.sender.uid',
      'data.sessionId',
      'data.type',
    ])
  })
})

describe('an id', () => {
  const idPaths: [string, Webhook, string][] = [
    ['signalled caller', signalledRing(), `${onEntity}.sender`],
    ['signalled callee', signalledRing(), `${onEntity}.receiver`],
    ['signalled session', signalledRing(), `${onEntity}.sessionid`],
    ['signalled conversation', signalledRing(), 'data.call.conversationId'],
    ['message', signalledRing(), 'data.call.id'],
    ['recipient of a flat ring', initiatorRing(), 'data.receiver.uid'],
    ['caller of call.received', receivedRing(), 'data.sender.uid'],
    ['custom provider’s recipient', providerCall('initiated'), 'data.to.uid'],
    ['custom provider’s session', providerCall('initiated'), `${details}.sessionId`],
    ['participant', participantJoined('call', { who: bob }), 'data.occupant.uid'],
    ['group', signalledRing({ callee: choir, receiverType: 'group' }), 'data.call.receiver'],
    [
      'guid of a group',
      signalledRing({ callee: choir, receiverType: 'group' }),
      'data.call.data.entities.for.entity.guid',
    ],
    ['announcement', meetingAnnounced(), 'data.message.id'],
    ['caller of a meeting', meetingAnnounced(), 'data.message.sender'],
    ['group of a meeting', legacyMeetingAnnounced(), 'data.receiver'],
    ['session of a meeting', providerMeeting(), `${details}.message.data.customData.sessionId`],
    ['sender of a chat', providerChat(), `${details}.sender`],
    ['conversation of a chat', providerChat(), `${details}.conversationId`],
    ['message of a chat', providerChat(), `${details}.tag`],
  ]
  const bad: [string, string][] = [
    ['too long for a push', 'u'.repeat(300)],
    ['short, but too long with JSON escapes', '\u0001'.repeat(60)],
    ['of 200 emoji', '😀'.repeat(200)],
    ['with whitespace at the end', 'alice '],
    ['of whitespace', '   '],
    ['that ends in half of an emoji', 'alice\ud83d'],
  ]

  it.each(
    idPaths.flatMap(([name, webhook, path]) => bad.map(([what, id]) => ({ name, webhook, path, what, id }))),
  )('$what is rejected: $name', ({ webhook, path, id }) => {
    expect(faultPaths(parse(withField(webhook, path.split('.'), id)))).toContain(path)
  })

  it.each(['alice@example.com', '0', 'Ünïcödé', 'a.b-c_d', '用户', 'alice bob', '{tag}', 'a:b'])(
    'may be %s',
    uid => {
      expect(parse(receivedRing({ callee: { uid } }))).toMatchObject({ event: { recipient: uid } })
    },
  )

  it('may have 100 characters, as many as CometChat allows', () => {
    const uid = 'u'.repeat(100)
    expect(parse(receivedRing({ callee: { uid } }))).toMatchObject({ event: { recipient: uid } })
  })
})

describe('a time that is not valid', () => {
  it.each([
    0,
    -1,
    1e16,
    8_640_000_000_000_001,
    '9999999999999999',
    '',
    'now',
    '1e3',
    '-5',
    ' 5',
    '17810245301234567',
    true,
    {},
    [],
  ])('is named in the fault: %j', sentAt => {
    const webhook = withField(signalledRing(), ['data', 'call', 'sentAt'], sentAt)
    expect(parse(webhook)).toMatchObject({
      status: 'invalid',
      faults: [{ path: 'data.call.sentAt', message: 'must be a Unix time in seconds or milliseconds' }],
    })
  })
})

describe('parseWebhook', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'call_initiated'],
    ['a number', 1],
    ['a list', [signalledRing()]],
    ['an empty object', {}],
    ['a list as data', { trigger: 'call_initiated', data: [] }],
    ['a string as data', { trigger: 'call_initiated', data: 'call' }],
    ['a deeply nested object', { trigger: 'call_initiated', data: nested(20_000, 'object') }],
    ['a deeply nested list', { trigger: 'call.received', data: { sender: nested(20_000, 'list') } }],
    ['an app id that is a number', { ...signalledRing(), appId: 7 }],
  ])('rejects a body that is not a webhook, and names the fields: %s', (_, body) => {
    const result = parse(body)
    expect(result.status).toBe('invalid')
    expect(faultPaths(result).every(path => path.length > 0)).toBe(true)
  })

  it('reads only own fields, never those of a planted prototype', () => {
    const planted = (json: string) => JSON.parse(json)
    const ring = JSON.stringify(receivedRing().data)
    expect(parse(planted(`{"__proto__":{"trigger":"call.received","data":${ring}}}`)).status).toBe('invalid')
    expect(parse(planted(`{"trigger":"call.received","data":{"__proto__":${ring}}}`)).status).toBe('invalid')
    const call = JSON.stringify(providerCall('initiated').data.notificationDetails)
    const provider = `{"trigger":"push-notification-payload-generated","data":{"to":{"uid":"bob"},"notificationDetails":{"type":"call","callAction":"initiated","__proto__":${call}}}}`
    expect(parse(planted(provider)).status).toBe('invalid')
    expect(Object.hasOwn(Object.prototype, 'trigger')).toBe(false)
  })

  /** Replaces every value at every depth of every dialect with every kind of wrong value. */
  it.each<[string, Webhook]>([
    ['signalled ring', signalledRing()],
    ['lean signalled ring', signalledRing({ entities: 'lean' })],
    ['signalled end', signalledEnd('rejected')],
    ['signalled end without a session', signalledEnd('cancelled', { entities: 'none' })],
    ['initiator ring', initiatorRing()],
    ['initiator end', initiatorEnd('busy')],
    ['call.received', receivedRing()],
    ['custom provider', providerCall('initiated')],
    ['custom provider’s end', providerCall('cancelled')],
    ['custom provider’s chat', providerChat({ details: { custom: { theme: 'dark' } } })],
    ['custom provider’s reaction', providerReaction()],
    ['custom provider’s change in a group', providerGroupAction()],
    ['signalled ring of a group', signalledRing({ callee: choir, receiverType: 'group' })],
    ['initiator ring of a group', initiatorRing({ callee: choir, receiverType: 'group' })],
    [
      'custom provider, of a group',
      providerCall('initiated', { callee: choir, receiverType: 'group', to: bob }),
    ],
    ['meeting by message_sent', meetingAnnounced({ callee: choir })],
    ['meeting by after_message', legacyMeetingAnnounced()],
    ['meeting by the custom provider', providerMeeting()],
    ['meeting between two', meetingAnnounced({ callee: bob, receiverType: 'user' })],
    ['meeting joined', participantJoined('meeting', { who: bob })],
    ['meeting ended', sessionEnded('meeting')],
    ['message_sent', messageSent()],
    ['after_message', legacyMessage('after_message')],
    ['participant joined', participantJoined('call', { who: bob })],
    ['call ended', sessionEnded('call')],
  ])('never throws, and never returns an incomplete event: %s', (_, webhook) => {
    const wrongValues = [
      null,
      '',
      ' ',
      0,
      -1,
      1e300,
      true,
      [],
      [[]],
      {},
      'x'.repeat(5_000),
      JSON.parse('{"__proto__":{"uid":"mallory"}}'),
    ]
    const paths = pathsOf(webhook)
    const variations = paths.flatMap(path => [
      withoutField(webhook, path),
      ...wrongValues.map(value => withField(webhook, path, value)),
    ])
    expect(variations.length).toBeGreaterThan(30)
    for (const variation of variations) {
      expectComplete(parse(variation))
      expectComplete(parseWebhook(variation))
    }
  })
})

function expectComplete(result: ReturnType<typeof parseWebhook>) {
  switch (result.status) {
    case 'ignored':
      return expect(result.reason).not.toBe('')
    case 'invalid':
      return expect(result.faults.every(({ path, message }) => path !== '' && message !== '')).toBe(true)
    case 'event':
      return expectCompleteEvent(result.event)
  }
}

function expectCompleteEvent(event: CallEvent) {
  expect(callEvent.safeParse(JSON.parse(JSON.stringify(event))).error).toBeUndefined()
  expect(event.sentAt === undefined || event.sentAt > 0).toBe(true)
  if (event.kind === 'end') return expect(event.sessionId ?? event.conversationId).toBeTruthy()
  if (event.kind === 'chat') {
    expect(event.recipient).toBeTruthy()
    return expectSendable(event.notification)
  }
  expect(event.sessionId).toBeTruthy()
  if (event.kind === 'answer') return
  const ids = [event.caller.uid, event.receiver.uid, event.conversationId]
  expect(ids.every(id => id.trim() !== '' && Buffer.byteLength(id) <= 255)).toBe(true)
  if (event.kind === 'group') return
  expect(event.recipient).toBeTruthy()
  expect(event.recipient).not.toBe(event.caller.uid)
}

function expectSendable(alert: Alert) {
  const message = buildFcmAlert(alert)
  for (const push of [buildApnsAlert(alert), message]) {
    expect(Buffer.byteLength(JSON.stringify(push))).toBeLessThanOrEqual(MAX_PUSH_BYTES)
  }
  expect(Object.values(message.data).every(value => typeof value === 'string')).toBe(true)
  expect(message.notification.title + message.notification.body).not.toBe('')
}

function faultPaths(result: ReturnType<typeof parseWebhook>): string[] {
  return result.status === 'invalid' ? [...new Set(result.faults.map(({ path }) => path))] : []
}

function nested(depth: number, kind: 'object' | 'list') {
  const [open, close] = kind === 'object' ? ['{"call":', '}'] : ['[', ']']
  return JSON.parse(open.repeat(depth) + (kind === 'object' ? '1' : '') + close.repeat(depth))
}
