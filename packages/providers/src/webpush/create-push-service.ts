import { request as requestTls } from 'node:https'
import type { ResolveName } from '@ringer/service'
import { connectionHook, type Way } from '../sending/connections/open-connection.ts'
import { sendProbe } from '../sending/connections/send-probe.ts'
import { CONNECTIONS, EXTRA_CONNECTIONS, WatchfulAgent } from '../sending/connections/watchful-agent.ts'
import { createRequestLine, type RequestLine } from '../sending/create-request-line.ts'
import type { Departure } from '../sending/listen.ts'
import { notConnected } from '../sending/outcome.ts'
import type { OutgoingPush } from '../sending/push-sender.ts'
import { reportReach, type SenderReports } from '../sending/sender-reports.ts'
import type { PushRequest } from './build-push.ts'
import { classifyResponse, type WebPushAnswer } from './classify-response.ts'
import { createLookupPublic, INSIDE_ADDRESS } from './endpoint/lookup-public.ts'
import { hostOf } from './endpoint/read-endpoint.ts'
import { nameOfService } from './push-services.ts'
import { noAnswer, sendOnce } from './send-once.ts'
import type { WebPushSettings } from './settings/webpush-settings.ts'

/** How long a push service may take to answer a probe. */
const PROBE_LIMIT_MS = 2_000

/** One push service, with its own connections and its own breaker: the failure of one does not stop the pushes to another. */
export interface PushService extends RequestLine<WebPushAnswer> {
  /** What it is called in reports, if it is one of those that are known or allowed. */
  name: string | undefined
}

/**
 * @param origin of the endpoints
 * @param options.build builds the request of a push; called just before it leaves
 */
export function createPushService(
  origin: string,
  options: {
    settings: Pick<WebPushSettings, 'endpointHosts' | 'ca'>
    build: (push: OutgoingPush) => PushRequest
    reports: SenderReports
    clock: () => number
    /** Looks the origin's name up. The hosts that are allowed by the settings are looked up as the system does it. */
    ask: ResolveName
    /** The HTTP proxy on the way to the browsers' makers. Default: none. */
    proxyUrl?: string | undefined
  },
): PushService {
  const { settings, build, reports, clock } = options
  const host = hostOf(new URL(origin))
  const way = wayTo(host, options)
  const agent = new WatchfulAgent(origin, way)
  const name = nameOfService(host, settings.endpointHosts)
  const line = createRequestLine<WebPushAnswer>({
    connections: CONNECTIONS,
    extraConnections: EXTRA_CONNECTIONS,
    silence: 'the push service does not answer',
    // On a connection of its own.
    probe: () =>
      sendProbe(
        requestTls(origin, { createConnection: connectionHook(origin, way), timeout: PROBE_LIMIT_MS }),
      ),
    onReach: refusal => {
      if (name !== undefined) reportReach(reports, name, refusal)
    },
    seat: () => agent.seat(),
    depart(push, seat) {
      const request = buildOrRefuse(push)
      if (request) return sendOnce(agent, request, seat, clock)
      seat.release()
      return unbuildable
    },
    outcomeOf,
    noAnswer,
    brokenBy: code => (code === INSIDE_ADDRESS ? { kind: 'broken', code } : notConnected(code, origin)),
    url: origin,
    reports,
    clock,
  })
  function buildOrRefuse(push: OutgoingPush): PushRequest | undefined {
    try {
      return build(push)
    } catch {
      return undefined
    }
  }

  return {
    ...line,
    name,
    async close() {
      await line.close()
      agent.destroy()
    },
  }
}

/**
 * A proxy resolves names itself, so it is asked only for names that nobody else can have: it might lead strangers' names inside.
 */
function wayTo(host: string, { settings, ask, proxyUrl }: Parameters<typeof createPushService>[1]): Way {
  if (settings.endpointHosts.includes(host)) return { ca: settings.ca }
  const isMakers = nameOfService(host, []) !== undefined
  return proxyUrl && isMakers ? { proxyUrl } : { lookup: createLookupPublic(ask) }
}

/** The library's error may quote the subscription. */
const unbuildable: Departure<WebPushAnswer> = {
  answer: Promise.resolve({ kind: 'notSent', reason: 'the push could not be built', isFinal: true }),
  cancel() {},
}

/** What an answer means, or undefined if the request broke. */
const outcomeOf = (answer: WebPushAnswer) =>
  answer.kind === 'answered' || answer.kind === 'notSent' ? classifyResponse(answer) : undefined
