import type { Endpoint } from '../provider.ts'

/** The push services of the browsers' makers. Only their own servers have such names, so that nobody can lead us to another. */
const MAKERS: readonly (readonly [hosts: RegExp, name: string])[] = [
  [/^(fcm|android)\.googleapis\.com$/, 'Google'],
  [/\.push\.services\.mozilla\.com$/, 'Mozilla'],
  // Others under push.apple.com are for devices, and answer no request.
  [/^web\.push\.apple\.com$/, 'Apple'],
  [/\.notify\.windows\.com$/, 'Microsoft'],
]

/**
 * What a push service is called in reports, if it is one of a browser's maker, or the settings allow its host. Everybody who registers
 * chooses a host: the others are in no report, and get no more than strangers may have.
 */
export const nameOfService = (host: string, endpointHosts: readonly string[]): string | undefined =>
  endpointHosts.includes(host) ? host : MAKERS.find(([hosts]) => hosts.test(host))?.[1]

/** Those with a fixed address. A browser on Windows has one of many at notify.windows.com. */
export const pushServices: readonly Endpoint[] = [
  { url: 'https://fcm.googleapis.com' },
  { url: 'https://updates.push.services.mozilla.com' },
  { url: 'https://web.push.apple.com' },
]
