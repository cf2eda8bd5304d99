import type { Endpoint } from '../provider.ts'

/** The push services of the browsers' makers. Only their own servers have such names, so that nobody can lead us to another. */
const MAKERS: readonly (readonly [hosts: RegExp, name: string])[] = [
  [/^(fcm|android)\.googleapis\.com$/, 'Google'],
  // Chromium as others build it.
  [/^jmt17\.google\.com$/, 'Google'],
  [/\.push\.services\.mozilla\.com$/, 'Mozilla'],
  // Others under push.apple.com are for devices, and answer no request.
  [/^web\.push\.apple\.com$/, 'Apple'],
  [/\.notify\.windows\.com$/, 'Microsoft'],
]

/**
 * What a push service is called in reports, if it is one of a browser's maker, or the settings allow its host. Anybody who
 * registers can choose any host. Other hosts are not reported, and get only the share of strangers.
 */
export const nameOfService = (host: string, endpointHosts: readonly string[]): string | undefined =>
  endpointHosts.includes(host) ? host : MAKERS.find(([hosts]) => hosts.test(host))?.[1]

/** Those with a fixed address. A browser on Windows has one of many at notify.windows.com. */
export const pushServices: readonly Endpoint[] = [
  { url: 'https://fcm.googleapis.com' },
  { url: 'https://updates.push.services.mozilla.com' },
  { url: 'https://web.push.apple.com' },
]
