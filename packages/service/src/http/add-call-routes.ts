import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { within } from '../within.ts'

/** How long reading a call may take. A worker's commands wait until Redis is back, but an HTTP client should not. */
const READ_LIMIT_MS = 2_000

/** Since when: an instant, epoch ms, or an age, ms, before now by Redis's clock. */
export type Since = { at: number } | { ageMs: number }

/** Which calls are asked for: those to a user, that arrived since then. */
export interface CallQuery {
  uid?: string | undefined
  since?: Since | undefined
  limit: number
}

/** A call as it is answered, and as text for people. `isKnown`: whether anything is on record. */
export interface FoundCall {
  isKnown: boolean
  json: object
  text: string
}

/** Why a call may not be found: a diagnosis and what it is about, as it is answered and as text for people. */
export interface Hint {
  json: object
  text: string
}

/** Finds calls and says what became of them. */
export interface CallLookup {
  find(sessionId: string): Promise<FoundCall>
  /** The newest ones first. */
  list(query: CallQuery): Promise<FoundCall[]>
  /** Says what is wrong now, whatever is on record: Redis refuses to store calls. */
  warn(): Promise<Hint[]>
  /** Says why calls may be missing. Ask if none was found. */
  explainNone(): Promise<Hint[]>
}

const FORMATS = ['json', 'text'] as const
const format = z.enum(FORMATS, 'must be json or text').default('json')

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** ISO 8601, or how long ago, such as 90s, 15m, 2h or 1d. */
const since = z.string().transform((text, context): Since => {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count) return { ageMs: Number(count) * (SECONDS[unit] ?? 0) * 1_000 }
  const at = Date.parse(text)
  if (!Number.isNaN(at)) return { at }
  context.addIssue('must be a time such as 2026-11-29T15:22:00Z, or an age such as 15m')
  return z.NEVER
})

const one = z.strictObject({ format })
/** Which calls are asked for, as text. */
export const callQuery = z.strictObject({
  uid: z.string().min(1, 'must not be empty').max(100, 'must have at most 100 characters').optional(),
  since: since.optional(),
  limit: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(100, 'must be at most 100')
    .default(20),
})

const several = callQuery.extend({ format })

/**
 * Adds `GET /calls/:sessionId` and `GET /calls?uid=&since=&limit=`, both with `format=text` for people.
 *
 * @param keptHours how long records are kept
 */
export function addCallRoutes(server: FastifyInstance, calls: CallLookup, keptHours: number): void {
  server.get<{ Params: { sessionId: string } }>('/calls/:sessionId', async (request, reply) => {
    const query = one.safeParse(request.query)
    if (!query.success) return refuse(reply, query.error)
    const found = await within(READ_LIMIT_MS, calls.find(request.params.sessionId))
    if (!found.done) return unavailable(reply, found.reason)
    const { isKnown, json, text } = found.value
    const code = isKnown ? 200 : 404
    if (query.data.format === 'text') return reply.code(code).type('text/plain; charset=utf-8').send(text)
    const message = `there is no record of a call with this session id (records are kept for ${keptHours} h)`
    return reply.code(code).send(isKnown ? json : { error: { code: 'not_found', message }, ...json })
  })

  server.get('/calls', async (request, reply) => {
    const query = several.safeParse(request.query)
    if (!query.success) return refuse(reply, query.error)
    const { format, ...wanted } = query.data
    const found = await within(READ_LIMIT_MS, list(wanted))
    if (!found.done) return unavailable(reply, found.reason)
    const { listed, hints } = found.value
    if (format === 'json')
      return {
        calls: listed.map(({ json }) => json),
        ...(hints.length > 0 && { hints: hints.map(({ json }) => json) }),
      }
    const told = hints.map(({ text }) => text)
    const text =
      listed.length > 0
        ? [...told, ...listed.map(call => call.text)].join('\n')
        : ['no call was found\n', ...told].join('')
    return reply.type('text/plain; charset=utf-8').send(text)
  })

  async function list(query: CallQuery) {
    const listed = await calls.list(query)
    return { listed, hints: await (listed.length === 0 ? calls.explainNone() : calls.warn()) }
  }
}

function refuse(reply: FastifyReply, { issues }: z.ZodError) {
  const [issue] = issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const field = unknown ?? issue?.path.join('.')
  const message = unknown ? 'is not known; there are uid, since, limit and format' : issue?.message
  return reply.code(400).send({ error: { code: 'invalid_query', field, message: `${field} ${message}` } })
}

function unavailable(reply: FastifyReply, reason: string) {
  const message = `could not read the record of the call: ${reason}`
  return reply.code(503).send({ error: { code: 'unavailable', message } })
}
