import { explainConnectionError, type Finding, fail, ok, type SetupCheck, warn } from '@ringer/service'
import type { Setup } from '../load-setup.ts'
import type { CheckedEndpoint } from '../network/ask-endpoint.ts'

const DAY_MS = 86_400_000
const SOON_MS = 7 * DAY_MS

/** Checks that the servers that Ringer asks can be reached, and that their certificates are valid. */
export function reachChecks(setup: Setup): SetupCheck[] {
  return endpointsOf(setup).map(endpoint => ({
    name: `reach: ${new URL(endpoint.url).host}`,
    run: () => checkReach(endpoint, setup),
  }))
}

/** Connects to a server, and says whether it is there and its certificate is valid. */
export async function checkReach(
  endpoint: CheckedEndpoint,
  setup: Pick<Setup, 'ask' | 'clock'>,
): Promise<Finding> {
  const { host, protocol } = new URL(endpoint.url)
  const reach = await setup.ask(endpoint)
  if (reach.kind === 'failed') {
    const { sentence, fix } = explainConnectionError(reach.error, endpoint.url, endpoint)
    return fail(sentence, fix)
  }
  const { certificateEndsAt } = reach
  if (certificateEndsAt === undefined)
    return ok(`${host} answers${protocol === 'http:' ? ', without TLS' : ''}`)
  const day = new Date(certificateEndsAt).toISOString().slice(0, 10)
  if (certificateEndsAt - setup.clock() < SOON_MS)
    return warn(`the certificate of ${host} expires on ${day}`, 'renew it, if the host is yours')
  return ok(`${host} answers, and its certificate is valid until ${day}`)
}

/** The servers of the apps' providers, CometChat's API, the key sets of registrations, and the backends that get events: each once by its host. */
export function endpointsOf({ worker, ingress, providers }: Setup): CheckedEndpoint[] {
  const ofProviders = Array.from(worker?.tenants.values() ?? []).flatMap(tenant =>
    providers.flatMap(({ name, endpoints }) => {
      const settings = tenant.providers.get(name)
      if (settings === undefined) return []
      return (endpoints?.(settings) ?? []).map(endpoint => ({
        ...{ ...endpoint, proxyUrl: worker?.own.proxyUrl, mayUseProxy: true },
      }))
    }),
  )
  const tenants = [...(worker?.tenants.values() ?? []), ...(ingress?.tenants.values() ?? [])]
  const ofCometChat = tenants.flatMap(({ cometchat: { api } }) => (api ? [{ url: api.url }] : []))
  const ofKeySets = Array.from(ingress?.tenants.values() ?? []).flatMap(({ registration }) =>
    registration.kind === 'jwt' && 'jwksUrl' in registration ? [{ url: registration.jwksUrl ?? '' }] : [],
  )
  const ofBackends = Array.from(worker?.tenants.values() ?? []).flatMap(({ events }) =>
    events ? [{ url: events.url }] : [],
  )
  const byHost = new Map<string, CheckedEndpoint>()
  for (const endpoint of [...ofProviders, ...ofCometChat, ...ofKeySets, ...ofBackends]) {
    const url = new URL(endpoint.url).origin
    if (!byHost.has(url)) byHost.set(url, { ...endpoint, url })
  }
  return [...byHost.values()]
}
