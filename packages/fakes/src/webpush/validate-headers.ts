import type { FakeAnswer } from '../wire/judge-push.ts'

const URGENCIES = ['very-low', 'low', 'normal', 'high']

/**
 * The refusal of a push because of its headers, or null if they are valid. A stand-in for rings also requires an urgency: without
 * one a push waits until a phone is in use.
 * https://www.rfc-editor.org/rfc/rfc8030#section-5
 */
export function validateHeaders(headers: Readonly<Record<string, string>>): FakeAnswer | null {
  const { ttl, urgency, topic } = headers
  if (ttl === undefined || !/^\d{1,10}$/.test(ttl)) return { status: 400, reason: 'BadTtl' }
  if (urgency === undefined || !URGENCIES.includes(urgency)) return { status: 400, reason: 'BadUrgency' }
  if (topic !== undefined && !/^[\w-]{1,32}$/.test(topic)) return { status: 400, reason: 'BadWebPushTopic' }
  if (headers['content-encoding'] !== 'aes128gcm') return { status: 400, reason: 'BadContentEncoding' }
  return null
}
