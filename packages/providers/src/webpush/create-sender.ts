import { askNameServers, type ResolveName } from '@ringer/service'
import type { SenderContext } from '../provider.ts'
import { notSent, type Outcome } from '../sending/outcome.ts'
import type { Commit, OutgoingPush, PushSender } from '../sending/push-sender.ts'
import { noReports, reportCredentials } from '../sending/sender-reports.ts'
import { buildPush } from './build-push.ts'
import { classifyResponse } from './classify-response.ts'
import { createPushService, type PushService } from './create-push-service.ts'
import { createServices } from './create-services.ts'
import { hostOf, readEndpoint } from './endpoint/read-endpoint.ts'
import { nameOfService } from './push-services.ts'
import { subscriptionOf } from './read-token.ts'
import type { WebPushSettings } from './settings/webpush-settings.ts'

/** How many push services are kept at once: each browser's maker has one, Microsoft some dozens. Those that are idle make room. */
const MOST_SERVICES = 500

/**
 * How many pushes may be in hand at all unknown servers together. Anybody who registers can name any number of them, and let
 * each push wait until its deadline. All together they get a small part of a worker's places, connections and memory.
 */
const MOST_WITH_STRANGERS = 200

/** How long a push waits if all places are taken. */
const BUSY_RETRY_MS = 1_000
const STRANGERS_RETRY_MS = 5_000

/**
 * Sends pushes to browsers. Each push service has its own connections.
 *
 * @param options.ask looks up the names of push services. Default: at the system's name servers
 */
export function createWebPushSender(
  settings: WebPushSettings,
  { clock, stateUrlOf, proxyUrl, reports = noReports }: SenderContext,
  { ask = askNameServers() }: { ask?: ResolveName } = {},
): PushSender {
  const build = (push: OutgoingPush) => buildPush(push, { ...settings, stateUrlOf }, clock())
  const create = (origin: string) =>
    createPushService(origin, { settings, build, reports, clock, ask, proxyUrl })
  const known = createServices(MOST_SERVICES, create)
  // As many as may have a push in hand, so that there is an idle one if one more is needed.
  const strangers = createServices(MOST_WITH_STRANGERS, create)
  let withStrangers = 0
  let closing: Promise<void> | undefined

  /** Where a token leads. The settings may have changed since it was registered. */
  const endpointOf = (token: string) => readEndpoint(subscriptionOf(token).endpoint, settings.endpointHosts)
  const isStranger = (url: URL) => nameOfService(hostOf(url), settings.endpointHosts) === undefined

  async function sendToStranger(service: PushService, push: OutgoingPush, commit: Commit) {
    withStrangers += 1
    try {
      return await service.send(push, commit)
    } finally {
      withStrangers -= 1
    }
  }

  return {
    async send(push, commit) {
      const endpoint = endpointOf(push.device.token)
      if (!endpoint.ok) return notPublic
      if (closing) return classifyResponse(notSent('the worker is closing'))
      const { origin } = endpoint.url
      if (isStranger(endpoint.url)) {
        const service = withStrangers < MOST_WITH_STRANGERS ? strangers.at(origin) : undefined
        if (!service) return tooMany('too many pushes to unknown push services', STRANGERS_RETRY_MS)
        const answer = await sendToStranger(service, push, commit)
        return answer.kind === 'withheld' ? answer : classifyResponse(answer)
      }
      const service = known.at(origin)
      if (!service) return tooMany('too many push services', BUSY_RETRY_MS)
      const answer = await service.send(push, commit)
      if (answer.kind === 'withheld') return answer
      const outcome = classifyResponse(answer)
      if (answer.kind === 'answered' && service.name !== undefined)
        reportCredentials(reports, service.name, outcome)
      return outcome
    },
    hasRoom({ token }, rings) {
      if (closing) return false
      const endpoint = token === undefined ? undefined : endpointOf(token)
      if (!endpoint?.ok) return true
      const [services, mayEnter] = isStranger(endpoint.url)
        ? [strangers, withStrangers < MOST_WITH_STRANGERS]
        : [known, true]
      return mayEnter && services.hasRoom(endpoint.url.origin, rings)
    },
    // Each push service has its own breaker. That some are out of reach says nothing about those that were not asked yet.
    isReachable: () => true,
    close() {
      closing ??= Promise.all([known.close(), strangers.close()]).then(() => undefined)
      return closing
    },
  }
}

const tooMany = (what: string, retryAfterMs: number) => classifyResponse(notSent(what, { retryAfterMs }))

const notPublic: Outcome = {
  kind: 'rejected',
  reason: 'the endpoint is not at a public name',
  why: 'endpoint-not-public',
  aboutToken: true,
}
