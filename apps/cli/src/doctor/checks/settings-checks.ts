import { type Finding, fail, ok, type SetupCheck, skipped, warn } from '@ringer/service'
import type { Setup } from '../load-setup.ts'

/** Checks the settings of both processes: each fault is a result of its own, under the name of its variable. */
export function settingsChecks(setup: Setup): SetupCheck[] {
  const { faults, conflicts, ingress, worker, isIngressElsewhere } = setup
  const findings: [name: string, finding: Finding][] = [
    ...(ingress ? [['settings of the ingress', ok('the ingress can start with them')] as const] : []),
    ...(isIngressElsewhere ? [['settings of the ingress', elsewhere] as const] : []),
    ...(worker ? [['settings of the worker', ok('the worker can start with them')] as const] : []),
    ...faults.map(({ processes, text }) => {
      const [name = '', ...rest] = text.split(': ')
      const who = processes.join(' and the ')
      const fix = `correct ${name}: the ${who} ${processes.length > 1 ? 'do' : 'does'} not start with it`
      return [`setting ${name}`, fail(`${name} ${rest.join(': ')}`, fix)] as const
    }),
    ...conflicts.map(name => [`setting ${name}`, differs(name)] as const),
    ...providerFindings(setup),
    ...registrationFindings(setup),
  ].map(([name, finding]) => [name, finding])
  return findings.map(([name, finding]) => ({ name, run: async () => finding }))
}

const elsewhere = skipped(
  'these are the settings of a worker: the secrets of the ingress are not here',
  'run this where the ingress runs as well, or with --env and its settings',
)

const differs = (name: string) =>
  fail(
    `${name} is not the same in all env files`,
    `give ${name} the same value for the ingress and the worker`,
  )

/** A worker that can ring nobody does not start. */
function providerFindings({ worker, providers }: Setup): [string, Finding][] {
  if (!worker) return []
  const isConfigured = Array.from(worker.tenants.values()).some(tenant =>
    providers.some(({ name }) => tenant.providers.get(name) !== undefined),
  )
  if (isConfigured) return []
  const fixes = providers.map(({ required: [name, fix] }) => `${name} ${fix}`)
  return [['providers', fail('no provider is configured, so the worker does not start', fixes.join('; '))]]
}

function registrationFindings({ ingress }: Setup): [string, Finding][] {
  const closed = Array.from(ingress?.tenants ?? []).filter(
    ([, { registration }]) => registration.kind === 'closed',
  )
  return closed.map(([appId]) => [
    appNamed(ingress, appId, 'registration'),
    warn('REGISTRATION_AUTH is not set, so no phone can be registered', 'set it to cometchat, jwt or key'),
  ])
}

/** Puts the app's id before the name of a check, if there are several apps. */
export const appNamed = (
  config: { tenants: ReadonlyMap<string, unknown> } | undefined,
  appId: string,
  name: string,
): string => ((config?.tenants.size ?? 0) > 1 ? `${appId}: ${name}` : name)
