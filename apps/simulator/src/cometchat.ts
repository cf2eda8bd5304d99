/** Package export `./cometchat`: CometChat's side of a webhook, for the simulator, the command line and benchmarks. */
export {
  buildCallEndedWebhook,
  buildCallStartedWebhook,
  buildParticipantJoinedWebhook,
  buildParticipantLeftWebhook,
  type Presence,
} from './cometchat/build-media-webhook.ts'
export { buildProviderCall, buildProviderChat } from './cometchat/build-provider-request.ts'
export { buildSignallingWebhook, type SignallingAction } from './cometchat/build-signalling-webhook.ts'
export type { Call, Person } from './cometchat/call.ts'
export { createMessageIds } from './cometchat/create-message-ids.ts'
export { createSessionId } from './cometchat/create-session-id.ts'
export { deliverWebhook, type WebhookAnswer } from './cometchat/deliver-webhook.ts'
export { signWebhook, type WebhookCredentials } from './cometchat/sign-webhook.ts'
