import {
  type Capability,
  type Receipt,
  type ReceiptBody,
  receiptBody,
  type StateUrls,
} from '@ringer/payloads'
import { type Provider, providerOf } from '@ringer/providers'
import { within } from '@ringer/service'
import {
  type EventNotes,
  noEventNotes,
  type PhoneRing,
  type PhoneRings,
  type RingChangeListener,
} from '@ringer/store'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { type ErrorBody, errorBody } from '../http/error-answers.ts'
import { parseBody } from '../http/parse-request.ts'
import type { IngressMetrics } from '../metrics.ts'
import type { Gate } from '../trust/create-gate.ts'
import { createStateStreams } from './create-state-streams.ts'
import { describeState, overAt } from './describe-state.ts'
import { limitRequests } from './limit-requests.ts'

const BODY_LIMIT_BYTES = 2 * 1024

/** How long after its end a ring's state is told: an app that a late push has woken still has to ask. */
const STATE_MS = 60_000

/** How long after its end a receipt is taken: a phone without a network sends it later. */
const RECEIPT_MS = 86_400_000

/** When a phone should ask for a stream again. Until then it can ask for the state. */
const FULL_RETRY_S = 5

/** What phones are told about rings, and where it comes from. */
export interface Phones {
  stateUrls: StateUrls
  rings: PhoneRings
  /** Hears of rings that change, from now on. */
  watch(listener: RingChangeListener): { close(): void }
  /** Where receipts are noted for the apps' backends. Default: nowhere. */
  events?: EventNotes | undefined
  /** How often a stream sends a comment. Default: 15 s. */
  commentMs?: number
}

export interface PhoneDeps extends Phones {
  providers: readonly Provider[]
  /** How many streams may be open at once. */
  maxStreams: number
  storeLimitMs: number
  clock: () => number
  metrics: IngressMetrics
  gate: Gate
}

/**
 * Adds what a phone can do with the state URL in a push: `GET` asks whether it still rings, once or as a stream, and `POST` reports
 * what the phone did. The URL is the only credential, so it works before login and from a native service. No log line has it.
 */
export function addPhoneRoutes(server: FastifyInstance, deps: PhoneDeps): void {
  const { stateUrls, rings, events = noEventNotes, providers, storeLimitMs, clock, metrics, gate } = deps
  const capabilities = new WeakMap<FastifyRequest, Capability>()
  const countRequest = limitRequests()
  const streams = createStateStreams({ ...deps, onCount: count => metrics.stateStreams.set(count) })
  const watching = deps.watch({ onChange: streams.changed, onListening: () => void streams.readAll() })
  server.addHook('preClose', async () => {
    watching.close()
    streams.close()
  })

  /** Web pages ask as well. Nothing is kept by a cache, and the URL is in no log. */
  const allowAll = (reply: FastifyReply) =>
    reply
      .header('access-control-allow-origin', '*')
      .header('access-control-expose-headers', 'Retry-After')
      .header('cache-control', 'no-store')

  /** The signature is checked before anything else happens. */
  async function admit(request: FastifyRequest, reply: FastifyReply) {
    const read = stateUrls.read((request.params as { token: string }).token)
    if (!read.ok) {
      const reason = read.fault === 'malformed' ? 'malformed_credentials' : 'wrong_signature'
      const waitMs = gate.failed(request, { route: 'state', reason, status: 404 })
      return waitMs > 0 ? answer(wait(reply, waitMs), 429, tooManyFailures) : answer(reply, 404, notFound)
    }
    const { ringId, deviceId } = read.capability
    const over = countRequest(`${ringId} ${deviceId}`, gate.addressOf(request))
    if (over) return answer(wait(reply, over.waitMs), 429, tooMany[over.of])
    capabilities.set(request, read.capability)
  }

  const guarded: RouteShorthandOptions = {
    bodyLimit: BODY_LIMIT_BYTES,
    exposeHeadRoute: false,
    onRequest: async (request, reply) => admit(request, allowAll(reply)),
  }

  server.options('/r/:token', async (_request, reply) =>
    allowAll(reply)
      .header('access-control-allow-methods', 'GET, POST')
      .header('access-control-allow-headers', 'Content-Type')
      .header('access-control-max-age', '86400')
      .code(204)
      .send(),
  )

  server.get('/r/:token', guarded, async (request, reply) => {
    const capability = capabilityOf(request)
    if (!/\btext\/event-stream\b/i.test(request.headers.accept ?? '')) {
      const ring = await read(capability, STATE_MS)
      return ring.ok
        ? answer(reply, 200, describeState(ring.ring, capability.deviceId, clock()))
        : refuse(reply, ring)
    }
    const stream = streams.reserve(capability, gate.addressOf(request))
    if (!stream) return answer(reply.header('retry-after', FULL_RETRY_S), 503, tooManyStreams)
    const ring = await read(capability, STATE_MS)
    if (!ring.ok) {
      stream.cancel()
      return refuse(reply, ring)
    }
    metrics.stateRequests.inc({ answer: 'stream' })
    reply.hijack()
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
      // nginx would keep the events back.
      'x-accel-buffering': 'no',
      connection: 'close',
    })
    stream.start(reply.raw, ring.ring)
  })

  server.post('/r/:token', guarded, async (request, reply) => {
    const capability = capabilityOf(request)
    const json = parseBody(request.body instanceof Buffer ? request.body : undefined)
    if (!json.ok) return answer(reply, 400, errorBody('invalid_json', json.message))
    const parsed = receiptBody.safeParse(json.value)
    if (!parsed.success) {
      const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      return answer(reply, 400, errorBody('invalid_receipt', faults.join('; ')))
    }
    const ring = await read(capability, RECEIPT_MS)
    if (!ring.ok) return refuse(reply, ring)
    const { event, ...more } = parsed.data
    const receipt = receiptOf(more, clock())
    const added = await within(storeLimitMs, rings.addReceipt(capability, event, receipt))
    if (!added.done) return refuse(reply, { ok: false, reason: added.reason })
    if (added.value === 'gone') return refuse(reply, { ok: false })
    if (added.value === 'new') report(ring.ring, capability, event, receipt, reply)
    if (event === 'shown') {
      // Without a 204 the phone may report it again, and it is noted then. A repeated note changes nothing.
      const look = { appId: ring.ring.appId, ringId: capability.ringId }
      const noted = await within(storeLimitMs, events.ring(look))
      if (!noted.done) return refuse(reply, { ok: false, reason: noted.reason })
    }
    metrics.stateRequests.inc({ answer: added.value === 'new' ? 'receipt' : 'repeated' })
    return reply.code(204).send()
  })

  function report(
    { appId, event: call, receivedAt, device }: PhoneRing,
    { deviceId }: Capability,
    event: ReceiptBody['event'],
    { at, deliveredPriority }: Receipt,
    reply: FastifyReply,
  ) {
    const labels = { app: metrics.labelOf(appId), provider: providerOf(device, providers)?.name ?? 'none' }
    const ms = Math.max(0, at - receivedAt)
    metrics.receipts.inc({ ...labels, event })
    if (event === 'shown') metrics.shownSeconds.observe(labels, ms / 1_000)
    const { sessionId } = call
    reply.log.info({ ...labels, sessionId, deviceId, receipt: event, deliveredPriority, ms }, 'receipt')
  }

  /** Reads the ring, unless it has been over for longer than `afterMs`. */
  async function read(capability: Capability, afterMs: number): Promise<ReadRing> {
    const found = await within(storeLimitMs, rings.read(capability))
    if (!found.done) return { ok: false, reason: found.reason }
    const ring = found.value
    return ring && clock() < overAt(ring) + afterMs ? { ok: true, ring } : { ok: false }
  }

  function refuse(reply: FastifyReply, { reason }: Extract<ReadRing, { ok: false }>) {
    if (reason === undefined) return answer(reply, 410, gone)
    reply.log.warn({ status: 503, reason }, 'state')
    return answer(reply.header('retry-after', 1), 503, unavailable)
  }

  function answer(reply: FastifyReply, status: number, body: ErrorBody | object) {
    metrics.stateRequests.inc({ answer: 'error' in body ? (body as ErrorBody).error.code : 'state' })
    return reply.code(status).send(body)
  }

  function capabilityOf(request: FastifyRequest): Capability {
    const capability = capabilities.get(request)
    if (!capability) throw new Error('a request reached its route without a capability')
    return capability
  }
}

/** Without a reason, the ring is over or not on record any more. With one, Redis did not answer. */
type ReadRing = { ok: true; ring: PhoneRing } | { ok: false; reason?: string }

const receiptOf = ({ at: phoneAt, ...more }: Omit<ReceiptBody, 'event'>, at: number): Receipt => ({
  ...{ at, ...more },
  ...(phoneAt !== undefined && { phoneAt }),
})

const wait = (reply: FastifyReply, ms: number) => reply.header('retry-after', Math.ceil(ms / 1_000))

const notFound = errorBody('not_found', 'this URL is not one that a push had')
const gone = errorBody('gone', 'this call is over')
const tooManyFailures = errorBody(
  'too_many_requests',
  'too many wrong URLs were asked for from this address; try again later',
)
const tooMany = {
  url: errorBody('too_many_requests', 'this URL was asked for too often within a minute; try again later'),
  address: errorBody(
    'too_many_requests',
    'too many requests for URLs that are asked for often came from this address within a minute; try again later',
  ),
}
const tooManyStreams = errorBody(
  'too_many_streams',
  'too many streams are open; ask for the state, or try again later',
)
const unavailable = errorBody('unavailable', 'this request could not be completed in time; try again')
