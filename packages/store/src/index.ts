export * from './calls/call-record.ts'
export type { CallRecords, RingToClaim, SettledRing } from './calls/call-records.ts'
export { createCallRecords } from './calls/create-call-records.ts'
export { readCall } from './calls/read-call.ts'
export type { Attempt } from './calls/to-attempt.ts'
export { type JobResult, watchCalls } from './calls/watch-calls.ts'
export {
  createDeviceRegistry,
  DEVICES_PER_USER,
  type DeviceRegistry,
  type DeviceSelector,
  STALE_MS,
} from './devices/create-device-registry.ts'
export {
  type Device,
  type DeviceKind,
  deviceIdOf,
  deviceKind,
  type Environment,
  environment,
  type Platform,
  platform,
  type Registration,
} from './devices/device.ts'
export {
  type CallQueue,
  createCallQueue,
  DUPLICATE_WINDOW_MS,
  type Enqueued,
} from './queues/create-call-queue.ts'
export { createPushQueues, type PushQueues } from './queues/create-push-queues.ts'
export { alertQueueName, CALLS, GROUPS, type Provider, providers, pushQueueName } from './queues/names.ts'
export { readBacklog } from './queues/read-backlog.ts'
export {
  connectFailFast,
  connectPatient,
  ping,
  type RedisClient,
  type RedisTarget,
  waitUntilReady,
} from './redis/connect.ts'
export { createProbe, type Probe } from './redis/create-probe.ts'
export { createKeys, type Keys } from './redis/keys.ts'
