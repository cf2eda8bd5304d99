import { describe, expect, it } from 'vitest'
import { checkHistory } from '../check/check-history.ts'
import type { SeenPush, Trouble } from '../history.ts'
import { CALLED, history, kindsOf, push, registration, toAndroid, webhook } from './bobs-history.ts'

// Many calls of Alice, one every 2 s, whose pushes to Bob's iPhone are answered late and sent a second time.

const EVERY_MS = 2_000

interface Call {
  /** After how long the first push is answered, ms; undefined: never. */
  answered?: number | undefined
  /** After how long it is sent again, ms; undefined: not at all. */
  again?: number | undefined
  /** The status with which the first push is refused. */
  refused?: number
  changes?: Partial<SeenPush>
}

/** The pushes of a call that was placed at this time. */
function pushesOf(index: number, { answered, again, refused, changes }: Call): SeenPush[] {
  const at = CALLED + index * EVERY_MS
  const own = {
    sessionId: `v1.eu.call-${index}`,
    worker: 0,
    connection: 'apns 0/1',
    expiresAt: at + 30_000,
    ...changes,
  }
  const first = push({
    ...own,
    at,
    fault: 'delayMs',
    answeredAt: answered === undefined ? undefined : at + answered,
    ...(refused !== undefined && { status: refused, accepted: false }),
  })
  if (again === undefined) return [first]
  const second = push({ ...own, connection: 'apns 0/2', ...changes, at: at + again })
  return [first, 'answeredAt' in own ? second : { ...second, answeredAt: at + again + (answered ?? 5) }]
}

const run = (calls: Call[], troubles: Trouble[] = []) => {
  const pushes = calls.flatMap((call, index) => pushesOf(index, call))
  const sessions = calls.map((_, index) => `v1.eu.call-${index}`)
  const sent = sessions.map((sessionId, index) =>
    webhook({ sessionId, sentAt: CALLED + index * EVERY_MS, answeredAt: CALLED + index * EVERY_MS + 20 }),
  )
  const { violations, extra } = checkHistory(
    history({ webhooks: sent, pushes, troubles, records: [], registrations: [registration()], phones: [] }),
  )
  return { over: violations.filter(({ kind }) => kind === 'over the budget'), extra }
}
const times = (count: number, call: Call): Call[] => Array.from({ length: count }, () => call)

/** Sent again although it was about to be answered. */
const inVain = { answered: 1_500, again: 1_100 }
/** Never answered, but its second attempt is. */
const stuck = { again: 1_100 }
const quick = { answered: 20 }

describe('second attempts for which there is no budget', () => {
  it('are reported after the first few', () => {
    expect(run(times(2, inVain)).over).toEqual([])
    expect(run(times(4, inVain)).over).toMatchObject([
      { what: 'worker-0 sent 4 second attempts of 8 pushes to apns, 2 too many', sessionId: 'v1.eu.call-2' },
    ])
  })

  it('are not reported for one push in twenty', () => {
    const oneIn = (many: number) => times(5, inVain).flatMap(call => [call, ...times(many - 1, quick)])
    expect(run(oneIn(20)).over).toEqual([])
    expect(run(oneIn(10)).over).toHaveLength(1)
  })

  it('are not reported while they are answered first, but are after some were in vain', () => {
    expect(run(times(30, stuck))).toMatchObject({ over: [], extra: { length: 30 } })
    expect(run([...times(30, stuck), ...times(3, inVain)]).over).toEqual([])
    expect(run([...times(30, stuck), ...times(6, inVain)]).over).toHaveLength(1)
  })

  it('do not count as in vain if the first attempts are refused for now', () => {
    const mixed = (call: Call) => times(6, call).flatMap(one => [one, quick])
    expect(run(mixed({ ...inVain, refused: 503 })).over).toEqual([])
    expect(run(mixed({ ...inVain, refused: 400 })).over).toHaveLength(1)
  })

  it('of a worker that is being terminated do not count against its successor', () => {
    const terminated = (to: number): Trouble => ({
      ...{ subject: 'worker-0', kind: 'terminate-worker', from: CALLED - 1_000, to: CALLED + to },
    })
    expect(run(times(4, inVain), [terminated(3_500)]).over).toEqual([])
    expect(run(times(6, inVain), [terminated(3_500)]).over).toHaveLength(1)
  })

  it('are not reported if a connection was frozen on which first attempts may be stuck', () => {
    const calls = [...times(3, quick), ...times(6, inVain)]
    const frozen = {
      ...{ subject: 'apns' as const, kind: 'freeze-pool', connections: ['apns 0/9'] },
      ...{ from: CALLED - 1_000, to: CALLED + 5_000 },
    }
    // Three pushes were answered while it was frozen. Each may have been a second attempt that won.
    expect(run([...times(3, quick), ...times(3, inVain)], [frozen]).over).toEqual([])
    expect(run(calls).over).toHaveLength(1)
  })

  it('may arrive a little after an answer that takes their budget away', () => {
    const together = (many: number) => [
      ...times(2, stuck),
      ...Array.from({ length: many }, (_, index) => ({
        ...{ again: 1_100 + index, answered: 1_500 },
        changes: { token: `token-${index}` },
      })),
    ]
    const at = CALLED + 2 * EVERY_MS
    const place = (many: number) =>
      together(many).flatMap((call, index) =>
        pushesOf(Math.min(index, 2), call).map(one =>
          // The first of them is answered just before the others are sent again.
          index === 2 && one.at === at ? { ...one, answeredAt: at + 1_101 } : one,
        ),
      )
    const over = (many: number) =>
      checkHistory(history({ pushes: place(many), records: [], phones: [] })).violations.filter(
        ({ kind }) => kind === 'over the budget',
      )
    expect(over(8)).toEqual([])
    expect(over(10)).toHaveLength(1)
  })

  it('are not reported for one a second while the provider answers nothing', () => {
    const swallowed = {
      again: 1_100,
      changes: { accepted: false, fault: 'hang' as const, answeredAt: undefined },
    }
    expect(run(times(20, swallowed)).over).toEqual([])
    const answeredMeanwhile = times(20, swallowed).flatMap(call => [call, quick])
    expect(run(answeredMeanwhile).over).toHaveLength(1)
  })

  it('do not include a second stop with another deadline', () => {
    // The call ends while an attempt to ring the phone is open: a stop a second later, and one when that attempt is answered.
    const ofCall = (index: number, laterMs: number) => {
      const at = CALLED + index * EVERY_MS
      const own = { sessionId: `v1.eu.call-${index}`, token: `token-${index}`, worker: 0, rings: false }
      const expiresAt = at + 30_000
      return [
        toAndroid({ ...own, at: at + 1_000, answeredAt: at + 4_000, expiresAt }),
        toAndroid({ ...own, at: at + 3_000, answeredAt: at + 6_000, expiresAt: expiresAt + laterMs }),
      ]
    }
    const overBudget = (laterMs: number) =>
      checkHistory(
        history({ pushes: [0, 1, 2, 3].flatMap(index => ofCall(index, laterMs)), records: [], phones: [] }),
      ).violations.filter(({ kind }) => kind === 'over the budget')
    expect(overBudget(3_000)).toEqual([])
    // Attempts of one stop. The second one was 40 ms longer on its way.
    expect(overBudget(40)).toHaveLength(1)
  })

  it('are counted for each worker and provider, and anew when the worker starts again', () => {
    const of = (worker: number, provider: 'apns' | 'apns-sandbox') =>
      times(2, { ...inVain, changes: { worker, provider } })
    expect(run([...of(0, 'apns'), ...of(1, 'apns'), ...of(0, 'apns-sandbox')]).over).toEqual([])
    expect(run([...of(0, 'apns'), ...of(0, 'apns')]).over).toHaveLength(1)
    const restart = {
      subject: 'worker-0' as const,
      kind: 'kill-worker',
      from: CALLED + 3_800,
      to: CALLED + 3_900,
    }
    expect(run([...of(0, 'apns'), ...of(0, 'apns')], [restart]).over).toEqual([])
  })
})

describe('a push that was sent again for another reason', () => {
  const reasons: [string, Call, Trouble[]][] = [
    ['its connection was cut', inVain, [trouble('apns', 'drop-connections', 500, 500)]],
    ['its worker was frozen', inVain, [trouble('worker-0', 'freeze-worker', 200, 900)]],
    ['Redis was away', inVain, [trouble('redis', 'kill-redis', 0, 2_000)]],
  ]
  function trouble(subject: Trouble['subject'], kind: string, from: number, to: number): Trouble {
    return { subject, kind, from: CALLED + from, to: CALLED + to }
  }

  it.each(reasons)('costs no budget: %s', (_, call, troubles) => {
    const each = Array.from({ length: 4 }, (_, index) =>
      troubles.map(({ from, to, ...one }) => ({
        ...one,
        from: from + index * EVERY_MS,
        to: to + index * EVERY_MS,
      })),
    ).flat()
    expect(run(times(4, call), each).over).toEqual([])
    expect(run(times(4, call)).over).toHaveLength(1)
  })

  it('costs no budget if the worker had closed the connection', () => {
    const pushes = times(4, inVain).flatMap((call, index) => pushesOf(index, call))
    const sent = Array.from({ length: 4 }, (_, index) => webhook({ sessionId: `v1.eu.call-${index}` }))
    const given = { webhooks: sent, records: [], phones: [], registrations: [registration()] }
    expect(kindsOf({ ...given, pushes })).toContain('over the budget')
    const closed = pushes.map((one, index) => ({ ...one, connection: `apns 0/${index}` }))
    const connectionEnds = new Map(closed.map(({ connection, at }) => [connection, at + 900]))
    expect(kindsOf({ ...given, pushes: closed, connectionEnds })).not.toContain('over the budget')
  })

  it.each<[string, Partial<SeenPush>]>([
    ['was refused', { status: 503, accepted: false, fault: 'status' }],
    ['was reset', { status: null, accepted: false, fault: 'reset', answeredAt: undefined }],
  ])('is no second attempt if the first one %s', (_, changes) => {
    const [first, second] = [push({ worker: 0, ...changes }), push({ worker: 0, at: CALLED + 1_200 })]
    expect(checkHistory(history({ pushes: [first, second] })).extra).toEqual([])
    const slow = push({ worker: 0, answeredAt: CALLED + 2_000 })
    expect(checkHistory(history({ pushes: [slow, second] })).extra).toHaveLength(1)
  })

  it('is no second attempt if it was sent sooner than after a second', () => {
    const [first, second] = [
      push({ worker: 0, answeredAt: CALLED + 2_000 }),
      push({ worker: 0, at: CALLED + 700 }),
    ]
    expect(checkHistory(history({ pushes: [first, second] })).extra).toEqual([])
  })

  it('does not count as a second attempt to another phone, or by another worker', () => {
    const pushes = [push({ worker: 0 }), push({ worker: 1, at: CALLED + 1_200 }), toAndroid({ worker: 0 })]
    expect(checkHistory(history({ pushes })).extra).toEqual([])
    const same = pushes.map(one => ({ ...one, worker: 0 }))
    expect(checkHistory(history({ pushes: same })).extra).toHaveLength(1)
  })
})
