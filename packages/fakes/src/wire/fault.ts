/** What a stand-in can be ordered to do instead of answering as the provider would. */
export type Fault =
  /**
   * Answer with this. `reason` is Apple's reason or Google's error code, `timestamp` is epoch ms, `retryAfter` is seconds
   * or a date, and `body` replaces the usual body. Only CometChat's stand-in redirects to `location`; by default to `/`.
   */
  | {
      status: number
      reason?: string
      timestamp?: number
      retryAfter?: number | string
      body?: string
      location?: string
      delayMs?: number
    }
  /** Accept the push at once, answer later. */
  | { delayMs: number }
  /** Accept the push and answer at once, but let the phone get it later. */
  | { deliverAfterMs: number }
  /** Neither accept nor answer. */
  | { hang: true }
  /** Accept, but never answer. The sender cannot tell this from `hang`. */
  | { acceptThenHang: true }
  /** Do not accept. Send RST_STREAM INTERNAL_ERROR (APNs) or a TCP reset (FCM). */
  | { reset: true }
  /** Accept, and send the headers and the beginning of a body that never ends. */
  | { endlessBody: true }

/** Also has the faults that need HTTP/2. */
export type ApnsFault =
  | Fault
  /** RST_STREAM REFUSED_STREAM: tells the sender that the push was not processed. */
  | { refuseStream: true }
  /** GOAWAY NO_ERROR: refuses this push, or with `after` accepts and answers it first. */
  | { goaway: true; after?: boolean }

/** Also has a fault of plain HTTP servers. */
export type CometChatFault =
  | Fault
  /** Send a body that never ends, as fast as the client reads it. */
  | { floodBody: true }

/** The name under which a fault is recorded. */
export type FaultName =
  | 'status'
  | 'delayMs'
  | 'deliverAfterMs'
  | 'hang'
  | 'acceptThenHang'
  | 'reset'
  | 'endlessBody'
  | 'floodBody'
  | 'refuseStream'
  | 'goaway'

/** The recorded name of a fault. */
export function nameOfFault(fault: ApnsFault | CometChatFault): FaultName {
  if ('status' in fault) return 'status'
  if ('hang' in fault) return 'hang'
  if ('acceptThenHang' in fault) return 'acceptThenHang'
  if ('reset' in fault) return 'reset'
  if ('endlessBody' in fault) return 'endlessBody'
  if ('floodBody' in fault) return 'floodBody'
  if ('refuseStream' in fault) return 'refuseStream'
  if ('goaway' in fault) return 'goaway'
  if ('deliverAfterMs' in fault) return 'deliverAfterMs'
  return 'delayMs'
}
