export type { Alert } from './alert.ts'
export * from './call-event.ts'
export { deadlineOf } from './deadline.ts'
export * from './events/event-job.ts'
export * from './events/outgoing-event.ts'
export { signEvent } from './events/sign-event.ts'
export { FORMAT, formatOf, storedFormat } from './format.ts'
export { callUuid } from './identity/call-uuid.ts'
export { eventId } from './identity/event-id.ts'
export { nameBasedUuid } from './identity/name-based-uuid.ts'
export { normalUid } from './identity/normal-uid.ts'
export { fallbackAlertId, missedCallId, ringId } from './identity/ring-id.ts'
export * from './jobs.ts'
export { buildFallbackAlert } from './pushes/build-fallback-alert.ts'
export { buildLegacyMessage, type LegacyMessage, type LegacyPayload } from './pushes/build-legacy-message.ts'
export { buildMissedCall } from './pushes/build-missed-call.ts'
export { MAX_PUSH_BYTES } from './pushes/cut-to-fit.ts'
export { fitAlert } from './pushes/fit-alert.ts'
export { fitRing } from './pushes/fit-ring.ts'
export { type RingContent, ringContent } from './pushes/ring-content.ts'
export { type PushContent, withoutContent } from './pushes/without-content.ts'
export {
  type Capability,
  createStateUrls,
  type ReadCapability,
  type StateUrlSettings,
  type StateUrls,
} from './state/create-state-urls.ts'
export type { PhoneState } from './state/phone-state.ts'
export {
  type Receipt,
  type ReceiptBody,
  type ReceiptEvent,
  type Receipts,
  receiptBody,
  receiptEvent,
  receiptEvents,
  receipts,
} from './state/receipt.ts'
export { sessionId, uid } from './webhooks/fields.ts'
export { type ParseOptions, parseWebhook, readAppId } from './webhooks/parse-webhook.ts'
export type { ParsedWebhook, WebhookFault } from './webhooks/parsed-webhook.ts'
