import type { Why } from '@ringer/store'

/**
 * What a push service's status means to somebody who looks for a mistake. The services' own reasons differ: Google and Mozilla
 * answer in sentences, Apple with a code (BadJwtToken, VapidPkHashMismatch).
 * https://www.rfc-editor.org/rfc/rfc8292#section-4.2
 */
export const webpushFaults: Readonly<Record<number, Why>> = {
  401: 'wrong-vapid-key',
  403: 'wrong-vapid-key',
}
