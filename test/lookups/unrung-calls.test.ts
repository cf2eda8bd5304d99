import { type CallView, createLookup } from '@ringer/diagnosis'
import { describe, expect } from 'vitest'
import { chess, sessionEnded, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { deliver, ended } from '../webhooks.ts'
import { it, type World } from '../world.ts'

const sessionId = 'v1.eu.unrung'

/** The calls that somebody finds who knows a user, a group or nothing, as `session code`. */
async function found({ reader: redis, keys, records }: World, uid?: string): Promise<string[]> {
  const lookup = createLookup({ redis, keys, records, appIds: ['default'], now: Date.now })
  const calls = (await lookup.list({ uid, limit: 10 })) as { json: object }[]
  return calls.map(({ json }) => {
    const { sessionId, verdict } = json as CallView
    return `${sessionId} ${verdict.code}`
  })
}

describe('a call that rang nobody is found without its session id', () => {
  it('if its end is all that came, by both users', async ({ world }) => {
    world.addWorker()
    await deliver(world.ingress, ended('cancelled', sessionId))
    for (const uid of [undefined, 'bob', 'Alice'])
      await expect.poll(() => found(world, uid)).toEqual([`${sessionId} never-announced`])
    expect(await found(world, 'carol')).toEqual([])
  })

  it('but not a session that only ended: it may have been a meeting', async ({ world }) => {
    world.addWorker()
    await deliver(world.ingress, sessionEnded('call', { sessionId, at: Date.now() }))
    await expect.poll(async () => (await world.records.read('default', sessionId))?.end).toBeDefined()
    await deliver(world.ingress, ended('cancelled', 'v1.eu.later'))
    await expect.poll(() => found(world)).toEqual(['v1.eu.later never-announced'])
  })

  it('if the members of the group are not known, by the caller and the group', async ({ world }) => {
    world.addWorker()
    await deliver(
      world.ingress,
      signalledRing({ callee: chess, receiverType: 'group', sessionId, sentAt: Date.now() }),
    )
    for (const uid of [undefined, 'alice', chess.uid])
      await expect.poll(() => found(world, uid)).toEqual([`${sessionId} group-members-unknown`])
  })

  it('if the budget of the group is used up', async ({ world }) => {
    const budgets = { pair: 1_000, caller: 1_000, recipient: 1_000, group: 0 }
    const listMembers = async () => ({ ok: true as const, uids: ['bob'], more: 0 })
    world.addWorker({ tenant: { budgets, listMembers } })
    await deliver(
      world.ingress,
      signalledRing({ callee: chess, receiverType: 'group', sessionId, sentAt: Date.now() }),
    )
    await expect.poll(() => found(world, 'alice')).toEqual([`${sessionId} over-budget`])
  })
})
