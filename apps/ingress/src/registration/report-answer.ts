import { sessionId } from '@ringer/payloads'
import { type CallQueue, type Device, type DeviceRegistry, deviceIdOf } from '@ringer/store'
import { z } from 'zod'
import { absentOr, name, owner } from './body-fields.ts'
import { normalToken } from './device-token.ts'
import { type Refusal, unknownDevice } from './refusal.ts'

/** Which phone took which call. */
export const answeredBody = z
  .object({ ...owner, sessionId, token: absentOr(z.string().max(4_096)), deviceId: name })
  .refine(({ token, deviceId }) => token !== undefined || deviceId !== undefined, {
    path: ['deviceId'],
    message: 'is required (or token): which phone took the call',
  })
type Answered = z.infer<typeof answeredBody>

/**
 * Stores an app's word on which phone a call was taken on. CometChat only ever says that the user joined; with this, the
 * user's other phones can be told, and never the one that is in the call.
 *
 * @returns what became of it, or why nothing did
 */
export async function reportAnswer(
  { devices, callQueue, clock }: { devices: DeviceRegistry; callQueue: CallQueue; clock: () => number },
  { appId, uid }: { appId: string; uid: string },
  said: Answered,
): Promise<{ status: string } | Refusal> {
  const receivedAt = clock()
  const device = (await devices.list(appId, uid)).find(isMeant(appId, said))
  if (!device) return unknownDevice
  // Every report is told by its time: a meeting's session is used for the next one, which the same phone may take, too.
  const event = {
    kind: 'answer' as const,
    sessionId: said.sessionId,
    uid,
    deviceId: device.id,
    sentAt: receivedAt,
  }
  return { status: await callQueue.enqueue({ appId, event, receivedAt, deadline: receivedAt }) }
}

/** By its token, by the id that registration answered, or by the app's own name for the phone. */
function isMeant(appId: string, { token, deviceId }: Answered): (device: Device) => boolean {
  const id = token === undefined ? deviceId : deviceIdOf(appId, normalToken(token))
  return device => device.id === id || (token === undefined && device.deviceId === deviceId)
}
