import { type Capability, type Receipt, type ReceiptBody, receiptBody } from '@ringer/payloads'
import { providerOf } from '@ringer/providers'
import { within } from '@ringer/service'
import { noEventNotes, type PhoneRing } from '@ringer/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from '../http/error-answers.ts'
import { parseBody } from '../http/parse-request.ts'
import type { Answers } from './create-answers.ts'
import type { PhoneDeps } from './phone-deps.ts'
import { readPhoneRing } from './read-phone-ring.ts'

/** How long after its end a receipt is taken: a phone without a network sends it later. */
const RECEIPT_MS = 86_400_000

/** Takes what a phone reports of a push: keeps the first report of each event, and reports it in the log and the metrics. */
export async function takeReceipt(
  request: FastifyRequest,
  reply: FastifyReply,
  capability: Capability,
  { answers, ...deps }: PhoneDeps & { answers: Answers },
) {
  const { rings, events = noEventNotes, storeLimitMs, clock, metrics } = deps
  const json = parseBody(request.body instanceof Buffer ? request.body : undefined)
  if (!json.ok) return answers.send(reply, 400, errorBody('invalid_json', json.message))
  const parsed = receiptBody.safeParse(json.value)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    return answers.send(reply, 400, errorBody('invalid_receipt', faults.join('; ')))
  }
  const ring = await readPhoneRing(capability, RECEIPT_MS, deps)
  if (!ring.ok) return answers.refuse(reply, ring)
  const { event, ...more } = parsed.data
  const receipt = receiptOf(more, clock())
  const added = await within(storeLimitMs, rings.addReceipt(capability, event, receipt))
  if (!added.done) return answers.refuse(reply, { ok: false, reason: added.reason })
  if (added.value === 'gone') return answers.refuse(reply, { ok: false })
  if (added.value === 'new') report(ring.ring, capability, event, receipt, reply, deps)
  if (event === 'shown') {
    // Without a 204 the phone may report it again, and it is noted then. A repeated note changes nothing.
    const look = { appId: ring.ring.appId, ringId: capability.ringId }
    const noted = await within(storeLimitMs, events.ring(look))
    if (!noted.done) return answers.refuse(reply, { ok: false, reason: noted.reason })
  }
  metrics.stateRequests.inc({ answer: added.value === 'new' ? 'receipt' : 'repeated' })
  return reply.code(204).send()
}

function report(
  { appId, event: call, receivedAt, device }: PhoneRing,
  { deviceId }: Capability,
  event: ReceiptBody['event'],
  { at, deliveredPriority }: Receipt,
  reply: FastifyReply,
  { metrics, providers }: Pick<PhoneDeps, 'metrics' | 'providers'>,
) {
  const labels = { app: metrics.labelOf(appId), provider: providerOf(device, providers)?.name ?? 'none' }
  const ms = Math.max(0, at - receivedAt)
  metrics.receipts.inc({ ...labels, event })
  if (event === 'shown') metrics.shownSeconds.observe(labels, ms / 1_000)
  const { sessionId } = call
  reply.log.info({ ...labels, sessionId, deviceId, receipt: event, deliveredPriority, ms }, 'receipt')
}

const receiptOf = ({ at: phoneAt, ...more }: Omit<ReceiptBody, 'event'>, at: number): Receipt => ({
  ...{ at, ...more },
  ...(phoneAt !== undefined && { phoneAt }),
})
