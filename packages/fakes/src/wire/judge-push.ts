import { type ApnsFault, type CometChatFault, type FaultName, nameOfFault } from './fault.ts'

/** The answer to the sender. */
export interface FakeAnswer {
  status: number
  /** Apple's reason or Google's error code; null for a success. */
  reason: string | null
  /** A message for people. */
  message?: string
  /** Since when the token is invalid, epoch ms. */
  timestamp?: number
  retryAfter?: number | string
  /** Replaces the body that the provider would send. */
  body?: string
  /** Where a redirect leads. */
  location?: string
}

export interface FakeVerdict {
  /** null: no answer. */
  answer: FakeAnswer | null
  accepted: boolean
  fault: FaultName | null
  delayMs: number
  /** How much later than its arrival the phone gets it. */
  deliverAfterMs: number
}

const AT_ONCE = { delayMs: 0, deliverAfterMs: 0 }
const SUCCESS: FakeAnswer = { status: 200, reason: null }

/**
 * Decides how to answer one push. An invalid request always gets its rejection and uses up no order, so that no test
 * passes with a push that the provider would refuse.
 *
 * @param takeFault called only for valid requests
 * @param deviceAnswer the refusal that the device's state causes, or null if the device is active
 * @param success the answer to a push that is accepted. Default: 200
 */
export function judgePush(
  rejection: FakeAnswer | null,
  takeFault: () => ApnsFault | CometChatFault | null,
  deviceAnswer: FakeAnswer | null,
  success = SUCCESS,
): FakeVerdict {
  if (rejection) return { answer: rejection, accepted: false, fault: null, ...AT_ONCE }
  const normal = { answer: deviceAnswer ?? success, accepted: deviceAnswer === null, ...AT_ONCE }
  const fault = takeFault()
  if (!fault) return { ...normal, fault: null }
  const name = nameOfFault(fault)
  if ('status' in fault) {
    const { delayMs = 0, ...answer } = fault
    return {
      answer: { reason: null, ...answer },
      accepted: fault.status >= 200 && fault.status < 300,
      fault: name,
      ...{ ...AT_ONCE, delayMs },
    }
  }
  if ('delayMs' in fault) return { ...normal, fault: name, delayMs: fault.delayMs }
  if ('deliverAfterMs' in fault) return { ...normal, fault: name, deliverAfterMs: fault.deliverAfterMs }
  if ('endlessBody' in fault || 'floodBody' in fault || ('goaway' in fault && fault.after))
    return { ...normal, fault: name }
  const accepted = 'acceptThenHang' in fault && normal.accepted
  return { answer: null, accepted, fault: name, ...AT_ONCE }
}
