import { answeringPlatform } from '@ringer/payloads'

/**
 * Whether a phone is certainly not the one that answered the call. The app may have said which device it was. CometChat
 * only says which platform: then any of the recipient's phones of that platform may be the one. What is reached in another
 * way than usual has that in the name of its platform: `web-fcm` is a browser, too.
 *
 * @param device its platform is undefined if it is not known any more
 * @param answeredOn the id of a device, or a platform, or undefined
 */
export function isElsewhere(
  device: { deviceId: string; platform: string | undefined },
  answeredOn: string | undefined,
): boolean {
  if (!answeredOn) return false
  const platform = answeringPlatform.safeParse(answeredOn)
  if (!platform.success) return answeredOn !== device.deviceId
  return device.platform !== undefined && device.platform.split('-')[0] !== platform.data
}
