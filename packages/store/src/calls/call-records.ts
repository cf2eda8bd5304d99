import type { AnswerEvent, EndAction, EndEvent, GroupEvent, RingEvent } from '@ringer/payloads'
import type { Device, Environment, Platform } from '../devices/device.ts'
import type { WaitingCalls, WaitingSelector } from '../queues/find-waiting-calls.ts'
import type { BudgetRefusal, Budgets } from './budgets.ts'
import type {
  CallRecord,
  DeviceOutcome,
  DeviceRecord,
  RingRecord,
  RingState,
  UnsentCause,
  Why,
} from './call-record.ts'
import type { CallSelector, ListedCall } from './listed-call.ts'

/** A ring that a job wants to claim. Instants are epoch ms. */
export interface RingToClaim {
  appId: string
  event: RingEvent
  receivedAt: number
  dequeuedAt: number
  deadline: number
}

/** What happens to the phones of a platform when their ring is claimed. */
export type Offer =
  /** Those in one of these environments are queued ('' means that a phone names none), the others attempted at once. */
  | { queued?: readonly (Environment | '')[] }
  /** They are recorded as skipped, because this provider of theirs is not configured. */
  | { unconfigured: string }

/** Why phones are skipped, as a code and in words. */
export interface Skip {
  why: Why
  skip: string
}

export interface Offers {
  platforms: Readonly<Record<Platform, Offer>>
  /** The reason why phones of any other platform are skipped. Default: no provider delivers to them. */
  otherwise?: Skip
}

/** A phone whose push is to be put into its provider's queue. */
export interface QueuedPhone {
  deviceId: string
  platform: Platform
  /** Whether its provider accepts pushes to its token. True also if nobody knows. */
  isProven: boolean
}

/** The result of claiming a ring. For a duplicate, and for a ring that is over, the lists are empty. */
export interface Claim {
  claim: 'claimed' | 'duplicate'
  state: RingState
  ringId: string
  /** How many phones the recipient has, whatever happens to them. */
  phones: number
  /** The phones on which the first attempt is open. It must be made now. */
  opened: Device[]
  /**
   * All other phones that are not settled. When the same job claims a ring again that was answered or has ended, also those that
   * are: the worker may have died before it stopped them.
   */
  queued: QueuedPhone[]
  /** The ids of devices that are open in the record although they cannot be read. */
  unreadable: string[]
  /** Why this job's claim of the ring was refused. */
  refusal?: BudgetRefusal
  /** Whether no job had claimed the ring before, this one included. */
  isFirst: boolean
  /**
   * The number of this ring among the caller's rings in its minute, or among the recipient's: the larger of the two. 1 without
   * budgets.
   */
  number: number
  /** The phones that this claim recorded as skipped. */
  skipped: (Pick<QueuedPhone, 'deviceId' | 'platform'> & { why: Why; reason: string })[]
  /** Why this claim found no phone to ring. */
  why?: Why | undefined
  /**
   * An end that arrived before the ring, `at` epoch ms, and that its recipient caused, who was in the session. It has to be handled
   * again: rings of the same call that were claimed earlier did not know that this end is about them.
   */
  endsOthers?: { event: EndEvent; at: number } | undefined
}

/** The state of a ring after the outcome of one of its devices was written. */
export interface SettledRing {
  state: RingState
  endAction?: EndAction | undefined
  answeredOn?: string | undefined
  /** Set if this write settled the device: its part in the ring is over. Of all writes, one has this. */
  settled?: SettledDevice | undefined
}

/**
 * What to write about a device. Without `why` it stays as it is; null says that the newest failure has no known meaning. `unsent`: the
 * push never left, so the attempt with the number `attempt`, if one was opened for it, does not count.
 */
export type DeviceChange = Partial<Omit<DeviceRecord, 'why'>> & {
  why?: Why | null | undefined
  unsent?: boolean | undefined
  /** Why it could not leave. */
  cause?: UnsentCause | undefined
}

/** A device whose part in a ring is over. */
export interface SettledDevice {
  recipient: string
  /** When the call's webhook arrived, epoch ms. */
  receivedAt: number
  /** When the call ended, if it has, epoch ms. */
  endedAt?: number | undefined
  device: DeviceRecord
}

/** An attempt that the caller opened, by its number, and whether a push left since. */
export interface OwnAttempt {
  attempt: number
  hasLeft: boolean
}

/** Whether an attempt may start, and what it needs. `leftOpen`: the outcome of an earlier attempt was never written. */
export type Attempt =
  | { verdict: 'go'; event: RingEvent; receivedAt: number; attempt: number; leftOpen: boolean }
  /** The ring is over. `before` is the device's outcome until now: the device may have been rung before. */
  | { verdict: 'answered' | 'ended' | 'expired' | 'moved' | 'setAside'; before: DeviceOutcome }
  /** Nothing is left to attempt. */
  | { verdict: 'settled'; device: Pick<DeviceRecord, 'outcome' | 'attempt'>; ring: SettledRing }
  /** Somebody else's attempt began a moment ago. Ask again at this instant, epoch ms. */
  | { verdict: 'busy'; until: number }
  | { verdict: 'unknown' }

/**
 * The only place where the state of calls is kept. Each ring changes its state in one script, so no change is ever half done. A
 * ring, or a device's part in one, that cannot be read is left out of every result, and costs no other ring or device anything.
 */
export interface CallRecords {
  /**
   * Claims a ring for the job, and opens the first attempt on each of the recipient's phones that can be rung at once. For
   * all other jobs the ring is a duplicate from then on. The same job may claim it again after a crash: then no attempt is
   * opened. A ring for which a budget is used up is `refused`, and the reason becomes its note.
   *
   * @param offers default: no provider is configured
   * @param budgets default: no budget
   */
  claim(job: string, ring: RingToClaim, offers?: Offers, budgets?: Budgets): Promise<Claim>
  /**
   * Decides whether a group is rung, by the budgets of its caller and its group. Counts the call once: the claims of its members'
   * rings use the same decision. A refusal becomes the call's note.
   */
  admit(
    appId: string,
    event: GroupEvent,
    receivedAt: number,
    budgets: Budgets | undefined,
  ): Promise<BudgetRefusal | undefined>
  /**
   * Opens an attempt on a device, unless the ring is over, the device is settled, or an attempt began less than a second ago.
   *
   * @param own the attempt that the caller opened last. Only this one is not left alone. If it never left, its number is used again.
   *   Default: none
   */
  beginAttempt(ringId: string, deviceId: string, now: number, own?: OwnAttempt): Promise<Attempt>
  /**
   * Writes the outcome of a device. `retryable` becomes its outcome only for the attempt that is the latest one on record, or
   * without `attempt` if none is under way; the failure of an earlier one joins the list of those that failed. Returns the
   * ring's current state, or undefined if its record is gone.
   */
  recordDevice(ringId: string, deviceId: string, fields: DeviceChange): Promise<SettledRing | undefined>
  /** Ends the rings of a call. Returns the rings that this job ended, with their devices. */
  end(job: string, appId: string, event: EndEvent, at: number): Promise<RingRecord[]>
  /** Marks rings as answered. Returns the rings about which this job said something new, with their devices. */
  answer(job: string, appId: string, event: AnswerEvent, at: number): Promise<RingRecord[]>
  /** Records why no member of a called group, or not every member, was rung. */
  setCallNote(appId: string, sessionId: string, why: Why, note: string): Promise<void>
  /**
   * Adds a call that rang nobody to the lists of calls, so that it is found without its session id. A call that rings is listed by
   * `claim`.
   *
   * @param uids whose call it was, as far as that is known: users, or the group
   * @param at when its webhook arrived, epoch ms
   */
  listUnrung(appId: string, sessionId: string, uids: readonly string[], at: number): Promise<void>
  /** Reads the event with which a ring was claimed, or undefined if its record is gone. */
  readEvent(ringId: string): Promise<{ event: RingEvent; receivedAt: number } | undefined>
  /** Reads one ring, or undefined if its record is gone or cannot be read. */
  readRing(ringId: string): Promise<RingRecord | undefined>
  /** Reads all that is known of a session, or undefined if nothing is. */
  read(appId: string, sessionId: string): Promise<CallRecord | undefined>
  /** Lists the calls of an app, or of one recipient, that are on record, the newest first. `listCalls` has all of them. */
  list(appId: string, selector: CallSelector): Promise<ListedCall[]>
  /** Finds what was stored and is not done: see `findWaitingCalls`. */
  findWaiting(selector: WaitingSelector): Promise<WaitingCalls>
}

/** How many jobs of one call `readCall` shows. */
const WAITING_PER_CALL = 20

/**
 * Finds all that is known of a session in any of these tenants: what is on record, and what waits for a worker. CometChat makes
 * session ids, so no two tenants share one.
 */
export async function readCall(
  records: Pick<CallRecords, 'read' | 'findWaiting'>,
  appIds: readonly string[],
  sessionId: string,
): Promise<CallRecord | undefined> {
  // What a worker finishes between the two is in both rather than in none.
  const { calls } = await records.findWaiting({ sessionId, limit: WAITING_PER_CALL })
  const found = await Promise.all(appIds.map(appId => records.read(appId, sessionId)))
  const [first] = calls.filter(({ appId }) => appIds.includes(appId))
  const record =
    found.find(each => each !== undefined) ?? (first && { appId: first.appId, sessionId, rings: [] })
  if (!record) return undefined
  const waiting = calls.filter(({ appId }) => appId === record.appId)
  return { ...record, ...(waiting.length > 0 && { waiting }) }
}
