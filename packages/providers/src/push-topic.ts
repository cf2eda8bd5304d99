import { createHash } from 'node:crypto'
import type { OutgoingPush } from './sending/push-sender.ts'

/** The longest topic that push services accept, in characters. https://www.rfc-editor.org/rfc/rfc8030#section-5.4 */
const TOPIC_LENGTH = 32

/**
 * Returns the topic of a push to a browser: 32 characters of base64url, the same on every attempt. A push service keeps one push
 * of a topic: while the browser is away, a repetition replaces its original. A stop has the topic of its ring, so it replaces
 * that as well. Alerts replace each other only if they say so.
 */
export function topicOf(push: OutgoingPush): string {
  if (push.kind !== 'alert') return ringTopic(push.ringId, push.device.id)
  return hash('alert', push.alert.collapse ?? push.alertId, push.device.id)
}

/** The topic of a ring for a browser. */
export const ringTopic = (ringId: string, deviceId: string): string => hash('ring', ringId, deviceId)

/** It tells the push service nothing about what it is made of. */
const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, TOPIC_LENGTH)
