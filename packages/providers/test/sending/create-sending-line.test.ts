import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSendingLine, type SendingLine } from '../../src/sending/create-sending-line.ts'
import { urgencies } from '../../src/sending/take-turns.ts'

const aMinute = () => Date.now() + 60_000
const attempt = async () => 'sent'

describe('a line without room', () => {
  let room: number
  let line: SendingLine

  beforeEach(() => {
    room = 0
    line = createSendingLine({
      silence: 'nobody answers',
      hasRoom: () => room > 0,
      probe: async () => true,
      clock: Date.now,
      onReach() {},
    })
  })
  afterEach(() => line.close())

  // Both sessions of a worker were stuck, and a phone waited there for 30 s, although another worker had room.
  it('gives waiting pushes back, whatever their urgency, if no push has left for a while', async () => {
    const startedAt = performance.now()
    const all = [urgencies.first, urgencies.urgent, urgencies.urgent + 1, urgencies.patient]
    const results = all.map(urgency => line.send({ deadline: aMinute(), urgency }, attempt))
    expect(new Set(await Promise.all(results))).toEqual(
      new Set([{ kind: 'notSent', reason: 'no push has left for a while', retryAfterMs: 250 }]),
    )
    expect(performance.now() - startedAt).toBeGreaterThan(900)
  })

  it('keeps waiting pushes while others leave', async () => {
    const push = { deadline: aMinute(), urgency: urgencies.urgent }
    const letIn = setInterval(() => {
      room = 1
      line.admit()
    }, 300)
    const waiting = Array.from({ length: 12 }, () =>
      line.send(push, async () => {
        room = 0
        return 'sent'
      }),
    )
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['sent']))
    clearInterval(letIn)
  })
})
