export { APNS_REJECTIONS, type ApnsReason } from './apns/rejections.ts'
export { type FakeApns, type FakeApnsOptions, startFakeApns } from './apns/start-fake-apns.ts'
export {
  type CometChatRequest,
  type FakeCometChat,
  type FakeCometChatOptions,
  startFakeCometChat,
} from './cometchat/start-fake-cometchat.ts'
export { FCM_ERRORS, type FcmErrorCode } from './fcm/errors.ts'
export { type FakeFcm, type FakeFcmOptions, startFakeFcm } from './fcm/start-fake-fcm.ts'
export { freshPrefix } from './redis/fresh-prefix.ts'
export { type ClusterOptions, type RedisCluster, startCluster } from './redis/start-cluster.ts'
export {
  type EmbeddedRedis,
  type ExternalRedis,
  type RedisServer,
  type StartedRedis,
  startRedis,
} from './redis/start-redis.ts'
export { type Sentinels, type SentinelsOptions, startSentinels } from './redis/start-sentinels.ts'
export type { CertificateAndKey } from './stand-in-certificates.ts'
export {
  createStandInCredentials,
  type StandInCredentials,
  type StandInOptions,
} from './stand-in-credentials.ts'
export type { FakeDevice, FakeDevices } from './wire/fake-device.ts'
export type { FakePushServer } from './wire/fake-push-server.ts'
export type { ApnsFault, Fault, FaultName } from './wire/fault.ts'
export type { OrderScope } from './wire/fault-orders.ts'
export type { ReceivedPush } from './wire/received-push.ts'
