/** CometChat's webhooks count whole seconds. */
export function inSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1000)
}
