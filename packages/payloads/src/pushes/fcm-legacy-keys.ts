import type { StopAction } from '../jobs.ts'
import { buildLegacyMessage } from './build-legacy-message.ts'
import type { RingContent } from './ring-content.ts'

/**
 * What CometChat's older Android samples read beside the usual keys: `message`, the raw call message as JSON text, and
 * `alert`, by whose words "Incoming" and "Missed" one of them rings and stops.
 */
export function fcmLegacyKeys(
  content: RingContent,
  action: 'initiated' | StopAction,
): { message: string; alert: string } {
  const happened = action === 'initiated' ? 'Incoming' : 'Missed'
  return {
    message: JSON.stringify(buildLegacyMessage(content, action)),
    alert: `${happened} ${content.callType} call from ${content.callerName}`,
  }
}
