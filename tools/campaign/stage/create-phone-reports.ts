import { setTimeout as pause } from 'node:timers/promises'
import type { FakePushServer, ReceivedPush } from '@ringer/fakes'
import type { PhoneState } from '@ringer/payloads'
import type { AskedState, SentReceipt } from '../history.ts'

/** How long a phone waits for an answer. */
const LIMIT_MS = 2_000
/** When a phone asks again, after its receipt, ms: most calls are over by the second time. */
const ASKS_AGAIN_MS = [1_500, 6_000]
/** Every third phone repeats its receipt, at the other ingress. */
const REPEATS = 3

/** What phones do with the state URLs in their pushes. */
export interface PhoneReports {
  /** Resolves when no phone has anything left to ask or to report. */
  done(): Promise<void>
}

/**
 * Lets the phones behind a provider do what an app does with a ring: ask for its state, report what was shown, and ask again
 * later. Their requests go to the ingresses in turn.
 *
 * @param options.urls where the ingresses listen, at this moment
 */
export function createPhoneReports(
  providers: readonly Pick<FakePushServer<never>, 'onPush'>[],
  {
    recorded,
    urls,
  }: { recorded: { asks: AskedState[]; receipts: SentReceipt[] }; urls: () => readonly string[] },
): PhoneReports {
  const working = new Set<Promise<void>>()
  let phones = 0

  async function act({ token, data }: ReceivedPush, number: number): Promise<void> {
    const { pathname } = new URL(String(data.stateUrl))
    const at = (turn: number) => `${urls()[(number + turn) % urls().length]}${pathname}`
    const of = { token: token ?? '', sessionId: String(data.sessionId) }
    const first = await ask(at(0), of)
    const isOver = first.status === 410 || (first.state !== undefined && first.state.state !== 'ringing')
    const event = isOver ? ('late' as const) : ('shown' as const)
    for (let turn = 0; turn < (number % REPEATS === 0 ? 2 : 1); turn += 1) {
      const posted = await request(at(turn), { method: 'POST', body: JSON.stringify({ event }) })
      recorded.receipts.push({ ...of, event, ...posted })
    }
    for (const waitMs of ASKS_AGAIN_MS) {
      await pause(waitMs)
      await ask(at(1), of)
    }
  }

  async function ask(url: string, of: { token: string; sessionId: string }): Promise<AskedState> {
    const { body, ...answer } = await request(url, { method: 'GET' })
    const state = answer.status === 200 ? (body as PhoneState) : undefined
    const asked = { ...of, ...answer, ...(state && { state }) }
    recorded.asks.push(asked)
    return asked
  }

  for (const provider of providers) {
    provider.onPush(push => {
      const rings = push.data.callAction === 'initiated' && push.data.stateUrl !== undefined
      if (!push.accepted || !rings) return
      const acting = act(push, phones).finally(() => working.delete(acting))
      phones += 1
      working.add(acting)
    })
  }
  return {
    async done() {
      while (working.size > 0) await Promise.all(working)
    },
  }
}

/** Sends a request. Never throws: a missing answer is a value too. */
async function request(url: string, init: { method: string; body?: string }) {
  const sentAt = Date.now()
  try {
    const response = await fetch(url, {
      ...init,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    const text = await response.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    return { sentAt, answeredAt: Date.now(), status: response.status, body }
  } catch {
    return { sentAt, answeredAt: Date.now() }
  }
}
