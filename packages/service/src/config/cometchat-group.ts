import { z } from 'zod'
import type { ConfigGroup, Env } from './config-group.ts'
import { integer, text, url } from './fields.ts'

const fields = {
  COMETCHAT_APP_ID: text.meta({
    description:
      'events of another app are refused. The same on both processes: phones and calls are stored under it',
  }),
  COMETCHAT_REGION: z
    .string()
    .regex(/^[a-z]{1,20}$/, 'must be lower-case letters, such as us, eu or in')
    .optional()
    .meta({ description: "the app's region: `us`, `eu` or `in`" }),
  COMETCHAT_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be one word, as the dashboard shows it: it is sent in a header')
    .optional()
    .meta({ description: 'a REST API key: lists the members of groups that are called, checks auth tokens' }),
  COMETCHAT_API_URL: url('https:', 'http:').meta({
    description: 'only for a stand-in',
    default: "CometChat's",
  }),
  COMETCHAT_REQUESTS_PER_MINUTE: integer(10, 100_000).meta({
    description:
      'how often all processes together may ask CometChat for an app; [registrations may use half of it](deploy.md#strangers)',
    default: '5000',
  }),
}

/**
 * Which CometChat app is served, and its REST API. Without an id, webhooks of any app are accepted. Without a key, `api` is
 * undefined: groups are not expanded and auth tokens are not checked.
 */
export const cometchatGroup = {
  fields,
  check(env: Env) {
    const faults: Record<string, string> = {}
    if (!env.COMETCHAT_API_KEY || env.COMETCHAT_API_URL) return faults
    for (const name of ['COMETCHAT_APP_ID', 'COMETCHAT_REGION']) {
      if (!env[name])
        faults[name] =
          "is required with COMETCHAT_API_KEY: the address of CometChat's API is made of COMETCHAT_APP_ID and COMETCHAT_REGION (or set COMETCHAT_API_URL)"
    }
    if (env.COMETCHAT_APP_ID && !/^[A-Za-z0-9-]{1,63}$/.test(env.COMETCHAT_APP_ID)) {
      faults.COMETCHAT_APP_ID =
        "must be letters and digits, as the dashboard shows it: it is part of the address of CometChat's API"
    }
    return faults
  },
  build(values) {
    const { COMETCHAT_APP_ID: appId, COMETCHAT_REGION: region, COMETCHAT_API_KEY: apiKey } = values
    const usual = appId && region ? HOSTS.map(host => `https://${appId}.api-${region}.${host}/v3`) : []
    const [url, ...fallbackUrls] = values.COMETCHAT_API_URL ? [values.COMETCHAT_API_URL] : usual
    const requestsPerMinute = values.COMETCHAT_REQUESTS_PER_MINUTE
    const ceiling = requestsPerMinute === undefined ? {} : { requestsPerMinute }
    return { appId, api: apiKey && url ? { url, fallbackUrls, apiKey, ...ceiling } : undefined }
  },
} satisfies ConfigGroup<typeof fields, unknown>

/**
 * Where CometChat has its REST API, the usual one first.
 * https://www.cometchat.com/docs/rest-api/chat-apis#data-center-hosting, https://www.cometchat.com/docs/fundamentals/network-allowlist
 */
const HOSTS = ['cometchat.io', 'cc-cluster-2.io', 'cc-edge-2.io']
