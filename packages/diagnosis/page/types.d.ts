// The page is plain JavaScript. Its types are the types of the data that the server sends.

import type { StatusView } from '../src/create-status.ts'

export type { StatusView, WorkerView } from '../src/create-status.ts'
export type { AttemptView, CallView, DeviceView, ReceiptView, RingView } from '../src/describe-call.ts'
export type { Breaker, QueueView } from '../src/describe-queues.ts'
export type { DiagnosisCode } from '../src/diagnoses.ts'
export type { Verdict } from '../src/verdict-of.ts'

export type Figures = StatusView['figures']
export type Latency = Figures['latencies'][number]

/** How good a verdict is: a fault is what somebody can mend, `idle` is what nobody has to. */
export type Tone = 'good' | 'open' | 'fault' | 'idle'

/** What to show: calls to a user or of a session, not older than this. Empty: all. */
export interface Search {
  text: string
  since: string
}

/** An answer of the server. `status` is 0 if there was none. */
export type ServerAnswer<Body> =
  | { ok: true; body: Body }
  | { ok: false; status: number; message: string; body: unknown }
