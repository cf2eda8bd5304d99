import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { withoutField } from '../packages/payloads/test/vary.ts'
import {
  bob,
  chess,
  initiatorEnd,
  initiatorRing,
  meetingAnnounced,
  participantJoined,
  participantLeft,
  providerCall,
  providerChat,
  receivedRing,
  sessionEnded,
  signalledEnd,
  signalledRing,
  started,
  type Webhook,
} from '../packages/payloads/test/webhooks.ts'
import { allReaders } from './readers/all-readers.ts'

const root = new URL('..', import.meta.url)
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8')
const docs = await read('docs/cometchat.md')

const section = (heading: string) => docs.split(/^## /m).find(text => text.startsWith(heading)) ?? ''
/** The cells of a section's table, without links and backticks. */
const tableIn = (heading: string) =>
  section(heading)
    .split('\n')
    .filter(line => /^\| (?!---)/.test(line))
    .slice(1)
    .map(line =>
      line
        .slice(1, -1)
        .split('|')
        .map(cell => plain(cell.trim())),
    )
const plain = (text: string) => text.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('`', '')

describe('the contradictions in docs/cometchat.md', () => {
  const decisions = section('What was decided').split(/^### /m).slice(1)
  /** Entries separated by semicolons: a path in backticks and words of a test name. */
  const claims = decisions.flatMap(text => {
    const [heading = ''] = text.split('\n')
    return [...text.matchAll(/`(\S+\.test\.ts)`: ([^;`\n]+)/g)].map(
      ([, path = '', name = '']) => [heading, path, name] as const,
    )
  })

  it('are ten, and each names a test', () => {
    expect(decisions.filter(text => /^\d/.test(text)).map(text => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: 10 }, (_, index) => index + 1),
    )
    expect(new Set(claims.map(([heading]) => heading)).size).toBe(decisions.length)
  })

  it.each(claims)('%s: %s contains the test name: %s', async (_heading, path, name) => {
    const source = (await read(path)).replaceAll('’', "'")
    expect(source).toContain(name.trim().replaceAll('’', "'"))
  })
})

it('the table of settings in docs/cometchat.md lists every known app with the settings that serve it', () => {
  const legacyPayloads = { none: 'false', rings: 'rings', all: 'true' }
  const rows = tableIn('Which settings').map(([name, ...cells]) => [name, ...cells.slice(0, 3)])
  expect(rows).toEqual(
    allReaders.map(({ name, settings: { callType = '', stopAction = '', legacyPayload } }) => [
      name,
      callType,
      stopAction,
      legacyPayload ? legacyPayloads[legacyPayload] : '',
    ]),
  )
})

describe('the table of webhooks in docs/cometchat.md', () => {
  const ends = ['cancelled', 'rejected', 'unanswered', 'busy'] as const
  const group = { callee: chess, receiverType: 'group' as const }
  const onEntity = ['data', 'call', 'data', 'entities']
  const inMessage = ['data', 'message', 'data', 'customData', 'sessionId']
  const flat = ['data', 'sessionId']
  const details = ['data', 'notificationDetails', 'sessionId']

  /** For each row: its shape, one webhook for each trigger or action, and the path of the session id. */
  const rows: [shape: string, webhooks: Webhook[], session: string[]][] = [
    ['signalling, to a user', [signalledRing()], onEntity],
    ['signalling, to a group', [signalledRing(group)], onEntity],
    ['recipes: data.initiator', [initiatorRing()], flat],
    ['recipes: React Native', [receivedRing()], flat],
    ['signalling', ends.map(action => signalledEnd(action)), onEntity],
    ['recipes: data.sessionId', ends.map(action => initiatorEnd(action)), flat],
    ['media, with occupant.uid', [participantJoined('call', { who: bob })], flat],
    ['media, as documented, without a uid', [participantJoined('call')], flat],
    ['media', [sessionEnded('call')], flat],
    ['media', [started('call'), participantLeft('call')], flat],
    ['call session, with RINGER_RING_MEETINGS=true', [participantJoined('meeting', { who: bob })], flat],
    ['call session, with RINGER_RING_MEETINGS=true', [sessionEnded('meeting')], flat],
    ["the UI Kits' meeting, with RINGER_RING_MEETINGS=true", [meetingAnnounced()], inMessage],
    ['custom provider, initiated', [providerCall('initiated')], details],
    [
      'custom provider, cancelled, unanswered, rejected, ended, busy',
      [...ends, 'ended'].map(action => providerCall(action)),
      details,
    ],
    ['custom provider, ongoing, to a user', [providerCall('ongoing')], details],
    ['custom provider, ongoing, to a group', [providerCall('ongoing', { ...group, to: bob })], details],
    ['custom provider, type chat', [providerChat()], details],
  ]

  const resultOf = (webhook: unknown) => {
    const parsed = parseWebhook(webhook, { ringMeetings: true })
    if (parsed.status === 'event') return parsed.event.kind
    return parsed.status === 'ignored' ? 'ignored' : '400'
  }

  it('states what the parser does with each, with and without a session id', () => {
    expect(tableIn('What each webhook does')).toEqual(
      rows.map(([shape, webhooks, session]) => {
        const triggers = shape.startsWith("the UI Kits'")
          ? ['message_sent', 'after_message']
          : webhooks.map(({ trigger }) => trigger)
        const distinct = (values: string[]) => [...new Set(values)].join(', ')
        return [
          distinct(triggers),
          shape,
          distinct(webhooks.map(resultOf)),
          distinct(webhooks.map(webhook => resultOf(withoutField(webhook, session)))),
        ]
      }),
    )
  })
})
