export { createLookup, type LookupDeps } from './create-lookup.ts'
export { createStatus, type StatusDeps, type StatusView, type WorkerView } from './create-status.ts'
export type { AttemptView } from './describe/attempts.ts'
export type { ReceiptView } from './describe/receipts.ts'
export type { Step } from './describe/timeline.ts'
export { type CallView, type DeviceView, describeCall, type RingView } from './describe-call.ts'
export { type Breaker, describeQueues, type QueueProblem, type QueueView } from './describe-queues.ts'
export { diagnoseCall } from './diagnose/diagnose-call.ts'
export { diagnoseDevice } from './diagnose/diagnose-device.ts'
export { type DeviceDiagnosis, diagnoseHealth } from './diagnose/diagnose-health.ts'
export { diagnosePhone } from './diagnose/diagnose-phone.ts'
export { diagnoseRing } from './diagnose/diagnose-ring.ts'
export { mostTelling } from './diagnose/most-telling.ts'
export {
  codes,
  type Diagnosed,
  type Diagnosis,
  type DiagnosisCode,
  type Verdict,
  verdictOf,
} from './diagnoses.ts'
export { explainNone, type HintView, printHint } from './explain-none.ts'
export type { KnownCall, KnownWorker } from './known-call.ts'
export { operatorPage } from './operator-page.ts'
export { printCall, printStep } from './print-call.ts'
export { type RingStateNow, stateAt } from './state-at.ts'
