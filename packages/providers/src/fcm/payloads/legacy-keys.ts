import { buildLegacyMessage, type RingContent, type StopAction } from '@ringer/payloads'

/**
 * Builds the keys that CometChat's older Android samples read besides the usual ones: `message`, the raw call message as
 * JSON text, and `alert`. One sample rings if `alert` contains "Incoming" and stops if it contains "Missed".
 */
export function legacyKeys(
  content: RingContent,
  action: 'initiated' | StopAction,
): { message: string; alert: string } {
  const happened = action === 'initiated' ? 'Incoming' : 'Missed'
  return {
    message: JSON.stringify(buildLegacyMessage(content, action)),
    alert: `${happened} ${content.callType} call from ${content.callerName}`,
  }
}
