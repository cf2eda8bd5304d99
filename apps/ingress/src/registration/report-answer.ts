import { sessionId } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import {
  type AnswerReports,
  type CallQueue,
  type Device,
  type DeviceRegistry,
  deviceIdOf,
} from '@ringer/store'
import { z } from 'zod'
import { name, optionalOrNull, owner } from './fields/body-fields.ts'
import { normalToken } from './fields/device-token.ts'
import type { Owner } from './read-request.ts'
import { type RequestRefusal, unknownCall, unknownDevice } from './refusal.ts'

/** Which phone took which call. */
export const answeredBody = z
  .object({ ...owner, sessionId, token: optionalOrNull(z.string().max(4_096)), deviceId: name })
  .refine(({ token, deviceId }) => token !== undefined || deviceId !== undefined, {
    path: ['deviceId'],
    message: 'is required (or token), to say which phone took the call',
  })
type Answered = z.infer<typeof answeredBody>

interface ReportDeps {
  providers: readonly Provider[]
  devices: DeviceRegistry
  callQueue: CallQueue
  answerReports: AnswerReports
  clock: () => number
}

/**
 * Stores an app's report of the phone on which a call was taken. CometChat only says that the user joined. With this
 * report Ringer can tell the user's other phones, and never the one that is in the call.
 *
 * @returns whether the report was queued or is a duplicate, or why it is refused
 */
export async function reportAnswer(
  { providers, devices, callQueue, answerReports, clock }: ReportDeps,
  { appId, uid }: Owner,
  body: Answered,
): Promise<{ status: string } | RequestRefusal> {
  const receivedAt = clock()
  const device = (await devices.list(appId, uid)).find(isMeant(appId, body, providers))
  if (!device) return unknownDevice
  if (!(await answerReports.admit(appId, body.sessionId, uid))) return unknownCall
  const event = {
    kind: 'answer' as const,
    sessionId: body.sessionId,
    uid,
    deviceId: device.id,
    // Makes every report an event of its own: a group's next meeting has the same session id, and the same phone may
    // take that one too.
    sentAt: receivedAt,
  }
  return { status: await callQueue.enqueue({ appId, event, receivedAt, deadline: receivedAt }) }
}

/** Matches a device by its token, by the id that registration answered, or by the app's own name for the phone. */
function isMeant(
  appId: string,
  { token, deviceId }: Answered,
  providers: readonly Provider[],
): (device: Device) => boolean {
  const id = token === undefined ? deviceId : deviceIdOf(appId, normalToken(token, providers))
  return device => device.id === id || (token === undefined && device.deviceId === deviceId)
}
