import type { Endpoint } from '../provider.ts'

/**
 * The push services of the browsers, by the end of their host names, for reports. Everybody who registers chooses a host, so an
 * unknown one is in no report.
 */
const KNOWN: readonly (readonly [hosts: RegExp, name: string])[] = [
  [/(^|\.)googleapis\.com$/, 'Google'],
  [/(^|\.)push\.services\.mozilla\.com$/, 'Mozilla'],
  [/(^|\.)push\.apple\.com$/, 'Apple'],
  [/(^|\.)notify\.windows\.com$/, 'Microsoft'],
]

/** The name of the push service at this host, if it is one of a browser's maker. */
export const pushServiceAt = (host: string): string | undefined =>
  KNOWN.find(([hosts]) => hosts.test(host))?.[1]

/** Those with a fixed address. A browser on Windows has one of many at notify.windows.com. */
export const pushServices: readonly Endpoint[] = [
  { url: 'https://fcm.googleapis.com' },
  { url: 'https://updates.push.services.mozilla.com' },
  { url: 'https://web.push.apple.com' },
]
