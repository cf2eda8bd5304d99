import apn from '@parse/node-apn'
import type { ApnsAccess } from './apns-access.ts'

/** Sends the push of a call to one iPhone. Rejects if it was not accepted. */
export type SendPush = (call: { sessionId: string; callerName: string }, token: string) => Promise<void>

/** Creates the sender of the bare processes: node-apn's Provider with its own defaults, and nothing around it. */
export function createBareApns({ port, ca, key, keyId, teamId, bundleId }: ApnsAccess): SendPush {
  const provider = new apn.Provider({
    token: { key, keyId, teamId },
    production: true,
    address: 'localhost',
    port,
    ca: [ca],
  })
  return async ({ sessionId, callerName }, token) => {
    const notification = new apn.Notification()
    notification.topic = `${bundleId}.voip`
    notification.pushType = 'voip'
    notification.priority = 10
    notification.expiry = Math.floor(Date.now() / 1_000) + 30
    notification.rawPayload = payloadOf(sessionId, callerName)
    const { failed } = await provider.send(notification, token)
    const [failure] = failed
    if (failure) throw new Error(`not accepted: ${failure.error?.message ?? failure.response?.reason}`)
  }
}

/** Builds what an app needs to show the call: about as much as Ringer sends. */
function payloadOf(sessionId: string, callerName: string) {
  const call = {
    sessionId,
    callerName,
    callerUid: 'caller',
    callType: 'video',
    callUUID: crypto.randomUUID(),
  }
  return {
    aps: { 'content-available': 1 },
    type: 'call',
    callAction: 'initiated',
    ...call,
    receiverType: 'user',
    hasVideo: true,
    timestamp: Date.now(),
    data: call,
  }
}
