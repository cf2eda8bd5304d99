import type { SenderContext } from '../provider.ts'
import { notSent, type Outcome } from '../sending/outcome.ts'
import type { OutgoingPush, PushSender } from '../sending/push-sender.ts'
import { noReports, reportCredentials } from '../sending/sender-reports.ts'
import { buildPush } from './build-push.ts'
import { classifyResponse } from './classify-response.ts'
import { createPushService, type PushService } from './create-push-service.ts'
import { askNameServers } from './endpoint/ask-name-servers.ts'
import { readEndpoint } from './endpoint/read-endpoint.ts'
import { subscriptionOf } from './read-token.ts'
import type { WebPushSettings } from './settings/webpush-settings.ts'

/**
 * How many push services are kept at once. Each browser's maker has one, Microsoft some dozens, and anybody who registers can name
 * others.
 */
const MOST_SERVICES = 500

/** How long a push waits if all of these are busy. */
const BUSY_RETRY_MS = 1_000

/** Sends pushes to browsers. Each push service has its own connections. */
export function createWebPushSender(
  settings: WebPushSettings,
  { clock, stateUrlOf, reports = noReports }: SenderContext,
): PushSender {
  /** By origin, the one that was used last at the end. */
  const services = new Map<string, PushService>()
  const ask = askNameServers()
  let closing: Promise<void> | undefined
  const build = (push: OutgoingPush) => buildPush(push, { ...settings, stateUrlOf }, clock())

  /** Returns the service, or undefined if there is no place for one more. */
  function serviceAt(origin: string): PushService | undefined {
    const known = services.get(origin)
    services.delete(origin)
    if (!known && services.size >= MOST_SERVICES && !removeIdle()) return undefined
    const service = known ?? createPushService(origin, { settings, build, reports, clock, ask })
    services.set(origin, service)
    return service
  }

  function removeIdle(): boolean {
    for (const [origin, service] of services) {
      if (service.inHand() > 0) continue
      services.delete(origin)
      void service.close()
      return true
    }
    return false
  }

  /** Where a token leads. The settings may have changed since it was registered. */
  const endpointOf = (token: string) => readEndpoint(subscriptionOf(token).endpoint, settings.endpointHosts)

  return {
    async send(push, commit) {
      const endpoint = endpointOf(push.device.token)
      if (!endpoint.ok) return notPublic
      if (closing) return classifyResponse(notSent('the worker is closing'))
      const service = serviceAt(endpoint.url.origin)
      if (!service)
        return classifyResponse(notSent('too many push services', { retryAfterMs: BUSY_RETRY_MS }))
      const answer = await service.send(push, commit)
      if (answer.kind === 'withheld') return answer
      const outcome = classifyResponse(answer)
      if (answer.kind === 'answered' && service.name !== undefined)
        reportCredentials(reports, service.name, outcome)
      return outcome
    },
    hasRoom({ token }) {
      const endpoint = token === undefined ? undefined : endpointOf(token)
      return !closing && (!endpoint?.ok || (services.get(endpoint.url.origin)?.hasRoom() ?? true))
    },
    // Each push service has its own breaker. That some are out of reach says nothing about those that were not asked yet.
    isReachable: () => true,
    close() {
      closing ??= Promise.all(Array.from(services.values(), service => service.close())).then(() => undefined)
      return closing
    },
  }
}

const notPublic: Outcome = {
  kind: 'rejected',
  reason: 'the endpoint is not at a public name',
  why: 'endpoint-not-public',
  aboutToken: true,
}
