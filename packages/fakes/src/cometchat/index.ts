/** Package export `./cometchat`: a double of CometChat. It builds, signs and delivers webhooks, and serves the REST API. */
export type { CometChatFault } from '../wire/fault.ts'
export {
  type CometChatRequest,
  type FakeCometChat,
  type FakeCometChatOptions,
  startFakeCometChat,
} from './rest-api/start-fake-cometchat.ts'
export {
  buildBlockedWebhook,
  buildConnectionWebhook,
  buildGroupDeletedWebhook,
  buildGroupMemberWebhook,
  buildLegacyConnectionWebhook,
} from './webhooks/build-directory-webhook.ts'
export {
  buildLegacyMessageWebhook,
  buildLegacyReceiptWebhook,
  buildMeetingMessage,
  buildMessageSentWebhook,
  buildTextMessage,
} from './webhooks/build-message-webhook.ts'
export {
  buildProviderCall,
  buildProviderChat,
  buildProviderGroupAction,
} from './webhooks/build-provider-request.ts'
export { buildCallReceivedWebhook, buildInitiatorWebhook } from './webhooks/build-recipe-webhook.ts'
export { buildRecordingWebhook, buildTranscriptionWebhook } from './webhooks/build-recording-webhook.ts'
export {
  buildEndedWebhook,
  buildJoinedWebhook,
  buildLeftWebhook,
  buildStartedWebhook,
  type Presence,
  type SessionKind,
} from './webhooks/build-session-webhook.ts'
export {
  buildSignallingWebhook,
  type Entities,
  type SignallingAction,
} from './webhooks/build-signalling-webhook.ts'
export type { Call, Person, ReceiverType, Session, Source } from './webhooks/call.ts'
export { createMessageIds, createSessionId } from './webhooks/create-ids.ts'
export { deliverWebhook, type OutgoingWebhook, type WebhookAnswer } from './webhooks/deliver-webhook.ts'
export { deliverWithRetries, type RetriedDelivery } from './webhooks/deliver-with-retries.ts'
export type { Webhook } from './webhooks/envelope.ts'
export {
  basicAuthorization,
  type SigningCredentials,
  signatureOf,
  signWebhook,
} from './webhooks/sign-webhook.ts'
