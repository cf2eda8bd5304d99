import { styleText } from 'node:util'
import { type DemoPageState, type PhoneTimes, WaitError, waitForPage } from './follow-page.ts'

const REGISTER_LIMIT_MS = 10_000
const RING_LIMIT_MS = 10_000

const names = { iphone: "Bob's iPhone", android: "Bob's Android phone", laptop: "Bob's laptop" }
const providers = { iphone: 'APNs', android: 'FCM', laptop: "the browser's push service" }

/** A step of the call. */
interface DemoStep {
  name: string
  /** Milliseconds after the webhook was sent. Undefined until the step has happened. */
  at: number | undefined
  what: string
  /** The step that comes before it, and is printed before it. */
  after?: DemoStep
  /** Whether it is about what became of the push. */
  isOnPhone?: boolean
}

/**
 * Lets Alice call Bob, and prints each step of the call when it is known, until all phones have reported that they show it.
 *
 * @returns whether all phones rang
 */
export async function ringOnce(pageUrl: string, print: (...lines: string[]) => void): Promise<boolean> {
  try {
    await waitForPage(pageUrl, REGISTER_LIMIT_MS, everyPhoneRegistered)
  } catch (error) {
    if (!(error instanceof WaitError)) throw error
    print("Bob's phones could not be registered with the ingress.")
    return false
  }
  const response = await fetch(new URL('/api/calls', pageUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ callType: 'video' }),
  })
  const { sessionId } = (await response.json()) as { sessionId: string }
  const printSteps = createStepPrinter(print)
  const allRang = (state: DemoPageState) => {
    if (state.call?.sessionId !== sessionId) return false
    const { timeline } = state.call
    const isComplete = timeline.phones.every(hasRung)
    // When the worker took the call, it is known when it was stored: before the answer to the webhook had arrived here.
    const isTaken = timeline.dequeued !== undefined
    printSteps(stepsOf(timeline).filter(({ isOnPhone }) => isComplete || (isTaken && !isOnPhone)))
    return isComplete
  }
  try {
    const { call } = await waitForPage(pageUrl, RING_LIMIT_MS, allRang)
    print('', ...(call?.timeline.phones ?? []).map(summary))
    return true
  } catch (error) {
    if (!(error instanceof WaitError)) throw error
    const { call } = error.last ?? {}
    if (call?.sessionId === sessionId) printSteps(stepsOf(call.timeline))
    const phones = call?.timeline.phones ?? []
    print('', ...phones.map(summary), `Not every phone rang within ${RING_LIMIT_MS / 1_000} s.`)
    return false
  }
}

const everyPhoneRegistered = (state: DemoPageState) =>
  state.phones.every(({ registration }) => registration.status === 'registered')

const hasRung = (phone: PhoneTimes) =>
  phone.rang !== undefined && phone.accepted !== undefined && shownAt(phone) !== undefined

/** When Ringer knew that the call was on the phone's screen. */
const shownAt = ({ receipts }: PhoneTimes) => receipts.find(({ event }) => event === 'shown')?.at

function stepsOf({ stored, dequeued, phones }: NonNullable<DemoPageState['call']>['timeline']): DemoStep[] {
  const webhook: DemoStep = { name: 'webhook', at: 0, what: 'CometChat says that Alice calls Bob' }
  const inRedis: DemoStep = { name: 'stored', at: stored, what: 'the call is in Redis', after: webhook }
  const taken: DemoStep = {
    name: 'dequeued',
    at: dequeued,
    what: 'a worker has taken the call',
    after: inRedis,
  }
  const ofPhones = phones.flatMap(times => {
    const { phone, sent, rang, accepted } = times
    const leaves: DemoStep = { name: 'sent', at: sent, what: `to ${names[phone]}`, after: taken }
    const rings: DemoStep = { name: 'rings', at: rang, what: names[phone], after: leaves, isOnPhone: true }
    const says: DemoStep = {
      name: 'shown',
      at: shownAt(times),
      what: `reported by ${names[phone]}`,
      after: rings,
      isOnPhone: true,
    }
    const takes: DemoStep = {
      name: 'accepted',
      at: accepted,
      what: `by ${providers[phone]}`,
      after: rings,
      isOnPhone: true,
    }
    return [leaves, rings, takes, says]
  })
  return [webhook, inRedis, taken, ...ofPhones]
}

/**
 * Returns a function that prints the steps that it has not printed before, in the order of their times. The times come from two
 * sides, and a later one may be known first: a step waits for the one before it, and those on the phones wait for each other.
 */
function createStepPrinter(print: (line: string) => void): (steps: DemoStep[]) => void {
  const printed = new Set<string>()
  const keyOf = ({ name, what }: DemoStep) => `${name} ${what}`
  return steps => {
    const sorted = steps.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0))
    const isNext = (step: DemoStep) =>
      step.at !== undefined &&
      !printed.has(keyOf(step)) &&
      (step.after === undefined || printed.has(keyOf(step.after)))
    for (let next = sorted.find(isNext); next; next = sorted.find(isNext)) {
      printed.add(keyOf(next))
      print(lineOf(next))
    }
  }
}

function lineOf({ name, at = 0, what }: DemoStep): string {
  const padded = name.padEnd(9)
  const shown = name === 'shown' ? styleText(['bold', 'green'], padded) : padded
  return `${styleText('dim', `${String(Math.round(at)).padStart(7)} ms`)}  ${shown} ${what}`
}

function summary(times: PhoneTimes): string {
  const { phone, rang, verdict } = times
  const shown = shownAt(times)
  if (shown !== undefined)
    return `From the webhook to the screen of ${names[phone]}: ${Math.round(shown)} ms.`
  if (rang !== undefined) return `${names[phone]} rang after ${Math.round(rang)} ms, but has not reported it.`
  return `${names[phone]} did not ring. ${verdict?.sentence ?? ''}`.trimEnd()
}
