import { type BuiltBy, checkApiKey, type cometchatGroup, type SetupCheck, skipped } from '@ringer/service'
import type { Setup } from '../load-setup.ts'
import { appNamed } from './settings-checks.ts'

/** Checks the API key of each app that has one. */
export function cometchatChecks({ worker, ingress }: Setup): SetupCheck[] {
  const config = worker ?? ingress
  const tenants: ReadonlyMap<string, { cometchat: BuiltBy<typeof cometchatGroup> }> =
    config?.tenants ?? new Map()
  return Array.from(tenants, ([appId, { cometchat }]) => ({
    name: appNamed(config, appId, 'CometChat: API key'),
    run: async (signal: AbortSignal) =>
      cometchat.api
        ? checkApiKey(cometchat.api, signal)
        : skipped(
            'COMETCHAT_API_KEY is not set: webhooks of group calls ring nobody',
            'set it with COMETCHAT_APP_ID and COMETCHAT_REGION, if your app has group calls',
          ),
  }))
}
