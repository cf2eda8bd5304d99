import { type PageState, type PhoneTimes, WaitError, waitForPage } from './follow-page.ts'

const REGISTER_LIMIT_MS = 10_000
const RING_LIMIT_MS = 10_000

const names = { iphone: "Bob's iPhone", android: "Bob's Android phone" }

/** The result of a demo call: the lines to print, and whether both phones rang. */
export interface RingResult {
  ok: boolean
  lines: string[]
}

/** Lets Alice call Bob, and describes the call step by step. */
export async function ringOnce(pageUrl: string): Promise<RingResult> {
  try {
    await waitForPage(pageUrl, REGISTER_LIMIT_MS, everyPhoneRegistered)
  } catch (error) {
    if (!(error instanceof WaitError)) throw error
    return { ok: false, lines: ["Bob's phones could not be registered with the ingress."] }
  }
  const response = await fetch(new URL('/api/calls', pageUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ callType: 'video' }),
  })
  const { sessionId } = (await response.json()) as { sessionId: string }
  const allRang = (state: PageState) =>
    state.call?.sessionId === sessionId && state.call.timeline.phones.every(hasRung)
  try {
    const state = await waitForPage(pageUrl, RING_LIMIT_MS, allRang)
    return { ok: true, lines: describe(state) }
  } catch (error) {
    if (!(error instanceof WaitError)) throw error
    return {
      ok: false,
      lines: [...describe(error.last), `Not every phone rang within ${RING_LIMIT_MS / 1_000} s.`],
    }
  }
}

const everyPhoneRegistered = (state: PageState) =>
  state.phones.every(({ registration }) => registration.status === 'registered')

const hasRung = ({ rang, accepted }: PhoneTimes) => rang !== undefined && accepted !== undefined

function describe(state: PageState | undefined): string[] {
  const timeline = state?.call?.timeline
  if (!timeline) return ['The simulator shows no call.']
  const steps = [
    step(0, 'webhook', 'CometChat says that Alice calls Bob'),
    step(timeline.stored, 'stored', 'the ingress answers 200, the call is in Redis'),
    step(timeline.dequeued, 'dequeued', 'a worker has taken the call'),
    ...timeline.phones.flatMap(phone => [
      step(phone.sent, 'sent', `to ${names[phone.phone]}`),
      step(phone.rang, 'rings', names[phone.phone]),
      step(phone.accepted, 'accepted', phone.phone === 'iphone' ? 'by APNs' : 'by FCM'),
    ]),
  ]
  const taken = steps.filter(({ at }) => at !== undefined).sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
  return [...taken.map(({ line }) => line), '', ...timeline.phones.map(summary)]
}

const step = (at: number | undefined, name: string, what: string) => ({
  at,
  line: `${String(Math.round(at ?? 0)).padStart(7)} ms  ${name.padEnd(9)} ${what}`,
})

function summary({ phone, rang, problem }: PhoneTimes): string {
  if (rang !== undefined) return `${names[phone]} rang after ${Math.round(rang)} ms.`
  return `${names[phone]} did not ring${problem ? `: ${problem}` : ''}.`
}
