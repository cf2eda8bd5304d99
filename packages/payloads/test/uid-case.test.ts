import { normalUid, parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import {
  alice,
  bob,
  chess,
  initiatorRing,
  meetingAnnounced,
  type Person,
  participantJoined,
  providerCall,
  providerChat,
  providerMeeting,
  receivedRing,
  signalledEnd,
  signalledRing,
  type Webhook,
} from './webhooks.ts'

// CometChat lower-cases uids and guids when users and groups are created, so its webhooks say `superhero1` where the app's
// database says `SUPERHERO1`. Custom servers that imitate CometChat send what the database says.

const inCapitals = (person: Person): Person => ({ ...person, uid: person.uid.toUpperCase() })
const parse = (webhook: Webhook) => JSON.parse(JSON.stringify(parseWebhook(webhook, { ringMeetings: true })))

describe('a webhook with uids in capitals', () => {
  it.each<[string, (as: (person: Person) => Person) => Webhook]>([
    ['call_initiated', as => signalledRing({ caller: as(alice), callee: as(bob) })],
    [
      'call_initiated without the names',
      as => signalledRing({ caller: as(alice), callee: as(bob), entities: 'lean' }),
    ],
    [
      'call_initiated for a group',
      as => signalledRing({ caller: as(alice), callee: as(chess), receiverType: 'group' }),
    ],
    ['call_rejected', as => signalledEnd('rejected', { caller: as(alice), callee: as(bob) })],
    [
      'call_cancelled without a session id',
      as => signalledEnd('cancelled', { caller: as(alice), callee: as(bob), entities: 'none' }),
    ],
    ['call_participant_joined', as => participantJoined('call', { who: as(bob) })],
    ['the flat dialect', as => initiatorRing({ caller: as(alice), callee: as(bob) })],
    ['call.received', as => receivedRing({ caller: as(alice), callee: as(bob) })],
    [
      "the custom provider's call",
      as => providerCall('initiated', { caller: as(alice), callee: as(bob), to: as(bob) }),
    ],
    [
      "the custom provider's end for a member of a group",
      as => providerCall('cancelled', { callee: as(chess), receiverType: 'group', to: as(bob) }),
    ],
    ["the custom provider's chat", as => providerChat({ to: as(bob), details: { sender: as(alice).uid } })],
    ["the custom provider's meeting", as => providerMeeting({ caller: as(alice), to: as(bob) })],
    ['a meeting', as => meetingAnnounced({ caller: as(alice), callee: as(chess) })],
  ])('is the same event as in lower case: %s', (_, build) => {
    const parsed = parse(build(inCapitals))
    expect(parsed).toMatchObject({ status: 'event' })
    expect(parsed).toEqual(parse(build(person => person)))
  })

  it.each<[string, Webhook]>([
    ['signalling', signalledRing({ caller: alice, callee: inCapitals(alice) })],
    ['the flat dialect', initiatorRing({ caller: alice, callee: inCapitals(alice) })],
    ['call.received', receivedRing({ caller: alice, callee: inCapitals(alice) })],
    ['the custom provider', providerCall('initiated', { to: inCapitals(alice) })],
    ["the custom provider's meeting", providerMeeting({ to: inCapitals(alice) })],
  ])('never rings the caller: %s', (_, webhook) => {
    expect(parse(webhook)).toMatchObject({ status: 'ignored' })
  })

  it('keeps the case of its session id, message id and names', () => {
    const sessionId = 'v1.EU.aBc'
    const { event } = parse(signalledRing({ sessionId, messageId: 'M-1', caller: inCapitals(alice) }))
    expect(event).toMatchObject({ sessionId, tag: 'M-1', caller: { uid: 'alice', name: 'Alice Moreau' } })
  })
})

describe('the normal form of a uid', () => {
  it.each([
    ['SUPERHERO1', 'superhero1'],
    ['CometChat-UID_1', 'cometchat-uid_1'],
    ['superhero1', 'superhero1'],
  ])('of %s is %s', (uid, normal) => {
    expect(normalUid(uid)).toBe(normal)
  })

  // JavaScript lower-cases the Kelvin sign to a plain k, and CometChat does not allow it in a uid.
  it('changes only the letters A to Z, so that no uid passes for another one', () => {
    expect(normalUid('bo\u212a-ÅSA')).toBe('bo\u212a-Åsa')
  })
})
