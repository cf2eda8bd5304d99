import { describe, expect, it } from 'vitest'
import { parseWebhook } from '../src/index.ts'
import { withoutField } from './vary.ts'
import { bob, chess, meetingAnnounced, signalledRing } from './webhooks.ts'

describe('a name that no push could bring', () => {
  it.each([
    ['letters', 'a'.repeat(200_000), 4_096],
    ['emoji, between which it is cut', `a${'🦊'.repeat(100_000)}`, 4_096],
  ])('is kept as far as one could: %s', (_, name, longest) => {
    const parsed = parseWebhook(
      signalledRing({ caller: { uid: 'alice', name }, callee: chess, receiverType: 'group' }),
    )
    if (parsed.status !== 'event' || parsed.event.kind !== 'group') throw new Error('it is a call to a group')
    expect(parsed.event.caller.name?.length).toBe(longest)
    expect(parsed.event.caller.name?.isWellFormed()).toBe(true)
  })
})

describe('a meeting of two', () => {
  const meeting = meetingAnnounced({ callee: bob, receiverType: 'user' })
  const nameless = withoutField(meeting, ['data', 'message', 'data', 'customData', 'sessionId'])

  it('that names no session rings nobody: a uid would be the session of all who call that user', () => {
    expect(parseWebhook(nameless, { ringMeetings: true })).toMatchObject({
      status: 'ignored',
      reason: expect.stringContaining('data.customData.sessionId'),
    })
  })

  it('that names one rings', () => {
    expect(parseWebhook(meeting, { ringMeetings: true })).toMatchObject({
      event: { kind: 'ring', recipient: 'bob' },
    })
  })
})
