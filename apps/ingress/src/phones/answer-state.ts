import type { Capability } from '@ringer/payloads'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from '../http/error-answers.ts'
import type { Answers } from './create-answers.ts'
import type { StateStreams } from './create-state-streams.ts'
import { describeState } from './describe-state.ts'
import type { PhoneDeps } from './phone-deps.ts'
import { readPhoneRing } from './read-phone-ring.ts'

/** How long after its end a ring's state is told: an app that a late push has woken still has to ask. */
const STATE_MS = 60_000

/** When a phone should ask for a stream again. Until then it can ask for the state. */
const FULL_RETRY_S = 5

/** Answers whether a ring still goes on: once, or, if the phone asks for it, as a stream until the ring is over. */
export async function answerState(
  request: FastifyRequest,
  reply: FastifyReply,
  capability: Capability,
  { answers, streams, ...deps }: PhoneDeps & { answers: Answers; streams: StateStreams },
) {
  const { clock, gate, metrics } = deps
  if (!/\btext\/event-stream\b/i.test(request.headers.accept ?? '')) {
    const ring = await readPhoneRing(capability, STATE_MS, deps)
    return ring.ok
      ? answers.send(reply, 200, describeState(ring.ring, capability.deviceId, clock()))
      : answers.refuse(reply, ring)
  }
  const stream = streams.reserve(capability, gate.addressOf(request))
  if (!stream) return answers.send(reply.header('retry-after', FULL_RETRY_S), 503, tooManyStreams)
  const ring = await readPhoneRing(capability, STATE_MS, deps)
  if (!ring.ok) {
    stream.cancel()
    return answers.refuse(reply, ring)
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
}

const tooManyStreams = errorBody(
  'too_many_streams',
  'too many streams are open; ask for the state, or try again later',
)
