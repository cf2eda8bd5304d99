export {
  type BudgetName,
  type BudgetRefusal,
  type Budgets,
  budgetNames,
  type RefusedCall,
} from './calls/budgets.ts'
export {
  type CallRecord,
  type DeviceOutcome,
  type DeviceRecord,
  deviceOutcome,
  deviceRecord,
  type FailedAttempt,
  type RingRecord,
  type RingState,
  ringRecord,
  ringState,
  type UnsentCause,
  type Why,
  why,
} from './calls/call-record.ts'
export {
  type Attempt,
  type CallRecords,
  type Claim,
  type DeviceChange,
  type Offer,
  type Offers,
  type OwnAttempt,
  type QueuedPhone,
  type RingToClaim,
  readCall,
  type SettledDevice,
  type SettledRing,
  type Skip,
} from './calls/call-records.ts'
export {
  type AnswerReports,
  createAnswerReports,
  EARLY_ANSWERS,
} from './calls/create-answer-reports.ts'
export { createCallRecords } from './calls/create-call-records.ts'
export { createOpenRings, type OpenRing, type OpenRings } from './calls/create-open-rings.ts'
export { createPhoneRings, type PhoneRing, type PhoneRings } from './calls/create-phone-rings.ts'
export {
  createWebhookLog,
  type RefusedWebhook,
  readApps,
  readRefusedWebhooks,
  readWebhooks,
  WEBHOOKS_PER_SESSION,
  type WebhookEntry,
  type WebhookLog,
} from './calls/create-webhook-log.ts'
export { listCalls } from './calls/list-calls.ts'
export type { CallSelector, ListedCall } from './calls/listed-call.ts'
export { type JobResult, watchCalls } from './calls/watch-calls.ts'
export { type RingChangeListener, watchRingChanges } from './calls/watch-ring-changes.ts'
export { readAllDevices, restoreDevice } from './devices/copy-devices.ts'
export {
  createDeviceRegistry,
  DEVICES_PER_USER,
  type DeviceRegistry,
  type DeviceSelector,
  MOVES_PER_DAY,
  type MovePolicy,
  REFUSALS_UNTIL_SET_ASIDE,
  type Registered,
  STALE_MS,
} from './devices/create-device-registry.ts'
export {
  type Device,
  type DeviceKind,
  type DeviceRegistration,
  device as deviceSchema,
  deviceIdOf,
  deviceKind,
  type Environment,
  environment,
  type Platform,
  SET_ASIDE,
} from './devices/device.ts'
export { type DeviceHealth, healthOf, standbyBuckets } from './devices/device-health.ts'
export {
  type CallQueue,
  createCallQueue,
  DUPLICATE_WINDOW_MS,
  type Enqueued,
  TIMELESS_WINDOW_MS,
} from './queues/create-call-queue.ts'
export {
  AGAIN_PRIORITY,
  createEventQueue,
  EVENT_REMEMBERED_MS,
  type EventNotes,
  type EventQueue,
  LOOKED_AT_MS,
  noEventNotes,
} from './queues/create-event-queue.ts'
export { createPushQueues, type PushQueues } from './queues/create-push-queues.ts'
export { createShares, type Shares } from './queues/create-shares.ts'
export {
  findWaitingCalls,
  type WaitingCall,
  type WaitingCalls,
  type WaitingSelector,
} from './queues/find-waiting-calls.ts'
export { limitEventStreams } from './queues/limit-event-streams.ts'
export { alertQueueName, CALLS, EVENTS, GROUPS, pushQueueName } from './queues/names.ts'
export { readBacklog } from './queues/read-backlog.ts'
export { type Load, readLoads } from './queues/read-loads.ts'
export { allQueues, readQueueFigures } from './queues/read-queue-figures.ts'
export { removeOldFailures } from './queues/remove-old-failures.ts'
export { setPriority } from './queues/set-priority.ts'
export {
  connectFailFast,
  connectPatient,
  ping,
  type RedisClient,
  waitUntilReady,
} from './redis/connect.ts'
export { createRequestCount, type RequestCounts } from './redis/count-requests.ts'
export { createEvictionCheck } from './redis/create-eviction-check.ts'
export { createProbe, type Probe } from './redis/create-probe.ts'
export { createRedisCheck, type RedisCheck } from './redis/create-redis-check.ts'
export { createRedisClock, type RedisClock } from './redis/create-redis-clock.ts'
export { describeMissingPermissions, findMissingPermissions } from './redis/find-missing-permissions.ts'
export { createKeys, type Keys } from './redis/keys.ts'
export { readInfo } from './redis/read-info.ts'
export type { UnreadableRecord } from './redis/record-reader.ts'
export type { RedisTarget } from './redis/target.ts'
export { explainRedisRefusal, readRefusal } from './redis/trouble/explain-redis-refusal.ts'
export { findTrouble } from './redis/trouble/find-trouble.ts'
export { isRedisError } from './redis/trouble/is-redis-error.ts'
export { reportConnection } from './redis/trouble/report-connection.ts'
export { readWorkers } from './workers/read-workers.ts'
export { startHeartbeat } from './workers/start-heartbeat.ts'
export type { LivingWorker, WorkerRecord } from './workers/worker-record.ts'
