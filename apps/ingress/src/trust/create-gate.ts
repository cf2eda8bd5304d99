import { createCounts, type Logger } from '@ringer/service'
import type { FastifyRequest } from 'fastify'
import type { IngressMetrics } from '../metrics.ts'
import { addressOf } from './address-of.ts'
import { createRefusalLog, type LoggedRefusal } from './create-refusal-log.ts'

/** Far more than a wrong setting of CometChat's dashboard causes, and few enough to stop nobody who guesses. */
const FAILURES_PER_MINUTE = 30

/** Watches the requests with wrong credentials, on webhooks and registrations alike. */
export interface Gate {
  /** The address that a request counts for. */
  addressOf(request: FastifyRequest): string
  /** Whether too many requests with wrong credentials came from the address within a minute. */
  isSuspect(address: string): boolean
  /**
   * Counts and logs a request with wrong credentials.
   *
   * @returns how long the caller should wait if their address sent too many of them, in ms, otherwise 0
   */
  failed(request: FastifyRequest, refusal: RefusalDetails): number
  /** Counts and logs a refusal that says nothing against the address. */
  refused(request: FastifyRequest, refusal: RefusalDetails): void
  /** Logs how many refusals the log left out so far. */
  flush(): void
}

/** `reason` for the operator, and whatever else the log should say. */
export type RefusalDetails = Pick<LoggedRefusal, 'route' | 'reason' | 'status' | 'detail'>

export interface GateOptions {
  log: Logger
  metrics: IngressMetrics
  /** Default: 30. */
  failuresPerMinute?: number
}

/**
 * Creates the gate. It refuses nothing by itself: a request with the right credentials passes, however many wrong ones came
 * from its address. Failures are answered 429, and what is expensive to check is not checked any more.
 */
export function createGate({ log, metrics, failuresPerMinute }: GateOptions): Gate {
  const limit = failuresPerMinute ?? FAILURES_PER_MINUTE
  // Not Redis's clock: that one may jump when it is measured.
  const failures = createCounts({ limit, windowMs: 60_000, clock: Date.now })
  const refusals = createRefusalLog(log)

  function refused(request: FastifyRequest, { route, reason, status, detail }: RefusalDetails) {
    metrics.refusals.inc({ route, reason })
    refusals.write({ route, reason, status, address: addressOf(request), detail })
  }

  return {
    addressOf,
    isSuspect: address => failures.waitOf(address) > 0,
    failed(request, why) {
      const waitMs = failures.add(addressOf(request))
      refused(request, { ...why, status: waitMs > 0 ? 429 : why.status })
      return waitMs
    },
    refused,
    flush: refusals.flush,
  }
}
