import { answeringPlatform } from '@ringer/payloads'

/**
 * Whether a phone is certainly not the one that answered the call. The app may have said which device it was. CometChat
 * only says which platform: then any of the recipient's phones of that platform may be the one.
 *
 * @param device its id and the platforms that its provider reaches
 * @param answeredOn the id of a device, or a platform, or undefined
 */
export function isElsewhere(
  device: { deviceId: string; platforms: readonly string[] },
  answeredOn: string | undefined,
): boolean {
  if (!answeredOn) return false
  const platform = answeringPlatform.safeParse(answeredOn)
  return platform.success ? !device.platforms.includes(platform.data) : answeredOn !== device.deviceId
}
