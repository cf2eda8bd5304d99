import { uid } from '@ringer/payloads'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ParsedBody, parseBody } from '../http/parse-request.ts'
import type { Admission } from './create-admission.ts'
import { appIdInQuery, findTenant, isFor, type RegistrationTenant } from './find-tenant.ts'
import { invalid, invalidFields, type RequestRefusal, wrongApp, wrongUser } from './refusal.ts'

/** The user whose phones a request is about. */
export interface Owner {
  appId: string
  uid: string
}

/** The owner as a request names it. It may leave out what follows from the caller's credential. */
export type ClaimedOwner = Partial<Record<keyof Owner, string | undefined>>

/** `login`: a hash of the auth token of CometChat with which the request was authenticated, if it was. */
export type ReadRequest<Body> =
  | { ok: true; owner: Owner; body: Body; login: string | undefined }
  | { ok: false; refusal: RequestRefusal }

/**
 * Finds the tenant, authenticates the caller, and parses the body, or the query of a GET request. Refuses a caller who
 * is authenticated as one user and acts for another.
 */
export async function readRequest<Body extends ClaimedOwner>(
  request: FastifyRequest,
  tenants: readonly RegistrationTenant[],
  admission: Admission,
  schema: z.ZodType<Body>,
): Promise<ReadRequest<Body>> {
  // Parsed before authentication only if the body is needed to know for which tenant or user to authenticate.
  const parse = once(() => parseInput(request))
  const hint = () => hints.parse(parse())
  const found = findTenant(tenants, appIdInQuery(request) ?? (tenants.length > 1 ? hint().appId : undefined))
  if (!found.ok) return refuse(wrongApp(found.message))
  const { tenant } = found
  const caller = await admission.authenticate(request, tenant, () => hint().uid)
  if (!caller.ok) return refuse(caller)

  const json = parse()
  if (!json.ok) return refuse(unreadable(request, json.message))
  const parsed = schema.safeParse(json.value)
  if (!parsed.success) return refuse(invalidFields(parsed.error))
  const body = parsed.data
  if (!isFor(tenant, body.appId))
    return refuse(wrongApp('appId: is not the app that this request was authenticated for'))
  const uid = caller.uid ?? body.uid
  if (uid === undefined) return refuse(invalid('uid: is required'))
  if (body.uid !== undefined && body.uid !== uid) return refuse(wrongUser)
  return { ok: true, owner: { appId: tenant.appId, uid }, body, login: caller.login }
}

const refuse = (refusal: RequestRefusal) => ({ ok: false as const, refusal })

function parseInput({ method, query, body }: FastifyRequest): ParsedBody {
  if (method === 'GET' || method === 'HEAD') return { ok: true, value: query }
  return parseBody(body instanceof Buffer ? body : undefined)
}

/** What a body claims before the caller is authenticated. Only used to decide which credential to ask for. */
const hints = z
  .object({
    value: z.object({ appId: z.string().optional().catch(undefined), uid: uid.optional().catch(undefined) }),
  })
  .transform(({ value }) => value)
  .catch({})

/** JSON is accepted with any content type, or without one: React Native and curl each send their own. */
function unreadable(request: FastifyRequest, message: string): RequestRefusal {
  const form = /^\s*(application\/x-www-form-urlencoded|multipart\/)/i
  if (!form.test(request.headers['content-type'] ?? '')) return { status: 400, code: 'invalid_json', message }
  return { status: 415, code: 'unsupported_media_type', message: notForms }
}

const notForms = 'the body is a form; send a JSON object, with Content-Type: application/json'

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
