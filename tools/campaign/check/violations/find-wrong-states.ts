import type { AskedState, History } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import type { Health } from '../health.ts'
import type { Ring } from '../rings.ts'
import { hasTakenEffect } from './find-after-end.ts'
import type { Violation } from './violation.ts'

/** How long a URL answers after the ring was over, ms. */
const READABLE_MS = 60_000

/** Finds answers about the state of a ring that were not true when they were given, or that were about another call. */
export function findWrongStates(
  ring: Ring,
  { asks }: Pick<History, 'asks'>,
  { health, idOf }: { health: Health; idOf: (token: string) => string },
): Violation[] {
  const { sessionId, recipient, record, webhooks, deadlines, mayEndAt, endedAt } = ring
  const devices = new Set(record?.devices.map(({ deviceId }) => deviceId))

  function faultOf({ status, state, sentAt, answeredAt }: AskedState): string | undefined {
    if (status === 404) return 'its own URL was answered 404'
    const isOverAt = Math.min(deadlines.from, mayEndAt)
    if (status === 410 && answeredAt < isOverAt + READABLE_MS - ALLOWED_MS.clock) {
      return 'its own URL was answered 410 within a minute of the ring'
    }
    if (!state) return undefined
    if (!webhooks.some(({ caller }) => caller.toLowerCase() === state.caller.uid)) {
      return `it was told of a call from ${state.caller.uid}`
    }
    switch (state.state) {
      case 'ringing':
        if (sentAt > deadlines.to)
          return `it was told that it rings, ${sentAt - deadlines.to} ms after the deadline`
        if (endedAt !== undefined && hasTakenEffect(endedAt, sentAt, health))
          return `it was told that it rings, ${sentAt - endedAt} ms after the end was answered 200`
        return undefined
      case 'expired':
        return answeredAt < deadlines.from
          ? 'it was told that the deadline had passed, and it had not'
          : undefined
      case 'answered':
      case 'ended':
        return answeredAt < mayEndAt
          ? `it was told that the call was ${state.state}, and nobody had said so`
          : undefined
    }
  }

  return asks.flatMap((asked): Violation[] => {
    if (asked.sessionId !== sessionId || !devices.has(idOf(asked.token))) return []
    const what = faultOf(asked)
    return what === undefined ? [] : [{ kind: 'wrong state', what, sessionId, recipient, token: asked.token }]
  })
}
