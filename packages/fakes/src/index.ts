export { type ApnsReason, apnsRejections } from './apns/rejections.ts'
export { type FakeApns, type FakeApnsOptions, startFakeApns } from './apns/start-fake-apns.ts'
export type { CertificateAndKey } from './create-stand-in-certificates.ts'
export {
  createStandInCredentials,
  type StandInCredentials,
  type StandInCredentialsOptions,
} from './create-stand-in-credentials.ts'
export { type FcmErrorCode, fcmErrors } from './fcm/errors.ts'
export { type FakeFcm, type FakeFcmOptions, startFakeFcm } from './fcm/start-fake-fcm.ts'
export {
  type FakeProxy,
  type FakeProxyOptions,
  type RequestedTunnel,
  startFakeProxy,
} from './proxy/start-fake-proxy.ts'
export { freePort } from './redis/free-port.ts'
export { freshPrefix } from './redis/fresh-prefix.ts'
export { createServerTls, knowsTls, type ServerTls } from './redis/server-tls.ts'
export { type ClusterOptions, type RedisCluster, startCluster } from './redis/start-cluster.ts'
export {
  type EmbeddedRedis,
  type ExternalRedis,
  type RedisOptions,
  type RedisServer,
  type StartedRedis,
  startRedis,
} from './redis/start-redis.ts'
export { type Sentinels, type SentinelsOptions, startSentinels } from './redis/start-sentinels.ts'
export type { FakeSubscription } from './webpush/create-subscriptions.ts'
export { type WebPushReason, webPushRejections } from './webpush/rejections.ts'
export { type FakeWebPush, type FakeWebPushOptions, startFakeWebPush } from './webpush/start-fake-web-push.ts'
export type { FakePushServer } from './wire/create-fake-push-server.ts'
export type { OrderScope, Rule } from './wire/create-fault-orders.ts'
export type { FakeDevice, FakeDevices } from './wire/fake-device.ts'
export type { ApnsFault, Fault, FaultName } from './wire/fault.ts'
export type { ReceivedPush } from './wire/received-push.ts'
export { type FreezeOptions, type Relay, type RelayListener, startRelay } from './wire/start-relay.ts'
