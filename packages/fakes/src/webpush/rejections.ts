/**
 * What this stand-in answers to pushes that it does not accept, with Apple's words where Apple has some. Google and Mozilla
 * answer with the same statuses.
 * https://developer.apple.com/documentation/usernotifications/sending-web-push-notifications-in-web-apps-and-browsers
 */
export const webPushRejections = {
  BadTtl: 400,
  BadUrgency: 400,
  BadWebPushTopic: 400,
  BadContentEncoding: 400,
  BadPayload: 400,
  MissingVapid: 401,
  BadJwtToken: 403,
  BadAudience: 403,
  BadExpiry: 403,
  BadSubject: 403,
  VapidPkHashMismatch: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  Unregistered: 410,
  PayloadTooLarge: 413,
  TooManyRequests: 429,
  InternalServerError: 500,
  ServiceUnavailable: 503,
} as const

export type WebPushReason = keyof typeof webPushRejections
