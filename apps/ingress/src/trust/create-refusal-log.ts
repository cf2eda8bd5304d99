import type { Logger } from '@ringer/service'
import type { RefusalReason } from './refusal-reason.ts'

/** A refused request. Holds no credential and no user. */
export interface LoggedRefusal {
  route: 'webhook' | 'registration' | 'state'
  reason: RefusalReason
  address: string
  status: number
  /** What else the operator should know. */
  detail?: string | undefined
}

const WINDOW_MS = 60_000

/** Lines within a window: for one reason and address, and for one reason from all addresses. */
const PER_ADDRESS = 5
const PER_REASON = 50

/** After this many reasons and addresses within a window, the rest is only counted. About 200 KB. */
const MAX_PAIRS = 1_000

/** Logs refusals, at level `warn`. */
export interface RefusalLog {
  write(refusal: LoggedRefusal): void
  /** Logs what was left out so far. */
  flush(): void
}

/**
 * Creates a log of refusals that a flood cannot fill: some lines a minute for each reason and address, and at
 * the end of the minute one line for each reason with the number of those left out.
 */
export function createRefusalLog(log: Logger): RefusalLog {
  let lines = new Map<string, number>()
  let leftOut = new Map<string, { reason: RefusalReason; count: number; addresses: Set<string> }>()
  let isOpen = false

  function flush() {
    for (const { reason, count, addresses } of leftOut.values()) {
      const message = 'refusals that were left out of the log'
      log.warn({ reason, leftOut: count, addresses: addresses.size }, message)
    }
    leftOut = new Map()
  }

  function endWindow() {
    flush()
    lines = new Map()
    isOpen = false
  }

  function mayLog({ reason, address }: LoggedRefusal): boolean {
    const pair = `${reason} ${address}`
    const ofPair = lines.get(pair) ?? 0
    const ofReason = lines.get(reason) ?? 0
    if (ofPair >= PER_ADDRESS || ofReason >= PER_REASON || lines.size >= MAX_PAIRS) return false
    lines.set(pair, ofPair + 1).set(reason, ofReason + 1)
    return true
  }

  function write(refusal: LoggedRefusal) {
    // Without unref, the timer would keep a process alive that is about to end.
    if (!isOpen) setTimeout(endWindow, WINDOW_MS).unref()
    isOpen = true
    if (mayLog(refusal)) return log.warn(refusal, 'refused')
    const { reason, address } = refusal
    const left = leftOut.get(reason) ?? { reason, count: 0, addresses: new Set() }
    leftOut.set(reason, left)
    left.count += 1
    if (left.addresses.size < MAX_PAIRS) left.addresses.add(address)
  }

  return { write, flush }
}
