import { type SetupCheck, skipped } from '@ringer/service'
import type { Setup } from '../load-setup.ts'
import { appNamed } from './settings-checks.ts'

/** Lets each provider check the account of each app. */
export function accountChecks({ worker, providers, clock }: Setup): SetupCheck[] {
  if (!worker)
    return [{ name: 'accounts', run: async () => skipped('the settings of the worker have faults') }]
  return Array.from(worker.tenants).flatMap(([appId, tenant]) =>
    providers.flatMap(({ name, title, phones, required, checkAccount }) => {
      const settings = tenant.providers.get(name)
      const named = (check: string) => appNamed(worker, appId, check)
      if (settings === undefined) {
        const fix = `${required[0]} ${required[1]}`
        return [
          { name: named(title), run: async () => skipped(`not configured: ${phones} are not rung`, fix) },
        ]
      }
      const checks = checkAccount?.(settings, clock, worker.own.proxyUrl) ?? []
      return checks.map(({ name, run }) => ({ name: named(`${title}: ${name}`), run }))
    }),
  )
}
