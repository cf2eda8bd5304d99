import type { ApnsReason } from './rejections.ts'

/** Header names in lower case. */
export type ApnsHeaders = Readonly<Record<string, string>>

/** The push types of an app's own topic and of its `.voip` topic. Other push types need topics that this does not know. */
const pushTypesOfTopic = { app: ['alert', 'background'], voip: ['voip'] } as const

const PRIORITIES = ['1', '5', '10']
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
/** The year 2100. A later expiration was given in milliseconds by mistake. */
const LATEST_EXPIRATION = 4_102_444_800

/**
 * The reason why Apple would refuse a request with these headers, or null if they are valid.
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export function validateHeaders(headers: ApnsHeaders, bundleId: string): ApnsReason | null {
  const topic = headers['apns-topic']
  if (topic === undefined || topic === '') return 'MissingTopic'
  if (topic !== bundleId && topic !== `${bundleId}.voip`) {
    return topic.startsWith(`${bundleId}.`) ? 'TopicDisallowed' : 'BadTopic'
  }
  return (
    checkPushType(headers['apns-push-type'], topic === bundleId ? 'app' : 'voip') ??
    checkPriority(headers['apns-priority'], headers['apns-push-type']) ??
    checkExpiration(headers['apns-expiration']) ??
    checkMessageId(headers['apns-id']) ??
    checkCollapseId(headers['apns-collapse-id'])
  )
}

/** Apple requires the header for a VoIP push, and only recommends it for an alert. */
function checkPushType(pushType: string | undefined, topic: 'app' | 'voip'): ApnsReason | null {
  if (pushType === undefined && topic === 'app') return null
  return pushTypesOfTopic[topic].some(allowed => allowed === pushType) ? null : 'InvalidPushType'
}

/** Defaults to 10, which is an error for `background`. */
function checkPriority(priority = '10', pushType?: string): ApnsReason | null {
  if (!PRIORITIES.includes(priority)) return 'BadPriority'
  return pushType === 'background' && priority === '10' ? 'BadPriority' : null
}

/** In seconds since 1970. 0 means that Apple does not store the push if it cannot deliver it at once. */
function checkExpiration(expiration = '0'): ApnsReason | null {
  return /^\d+$/.test(expiration) && Number(expiration) <= LATEST_EXPIRATION ? null : 'BadExpirationDate'
}

function checkMessageId(id?: string): ApnsReason | null {
  return id === undefined || UUID.test(id) ? null : 'BadMessageId'
}

function checkCollapseId(id = ''): ApnsReason | null {
  return Buffer.byteLength(id) <= 64 ? null : 'BadCollapseId'
}
