import { uid } from '@ringer/payloads'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { header } from '../http/header.ts'
import { type ParsedBody, parseBody } from '../http/parse-body.ts'
import { findApp, isFor, type RegistrationApp } from './find-app.ts'
import { invalid, invalidFields, type Refusal, wrongApp, wrongUser } from './refusal.ts'

export type Understood<Said> =
  | { ok: true; appId: string; uid: string; said: Said }
  | { ok: false; refusal: Refusal }

/**
 * Finds the app, authenticates for it, and parses what the request says, which is its body, or its query where it has
 * none; and makes sure that nobody acts for somebody else.
 */
export async function readRequest<Said extends { appId?: string | undefined; uid?: string | undefined }>(
  request: FastifyRequest,
  apps: readonly RegistrationApp[],
  schema: z.ZodType<Said>,
): Promise<Understood<Said>> {
  // Nothing is parsed for somebody who proved nothing, unless it takes the body to know what to prove.
  const read = once(() => readSaid(request))
  const hint = () => hints.parse(read())
  const found = findApp(apps, appIdInQuery(request) ?? (apps.length > 1 ? hint().appId : undefined))
  if (!found.ok) return refuse(wrongApp(found.message))
  const { app } = found
  const caller = await app.authenticate(header(request, 'authorization'), () => hint().uid)
  if (!caller.ok) return refuse(caller)

  const json = read()
  if (!json.ok) return refuse(unreadable(request, json.message))
  const parsed = schema.safeParse(json.value)
  if (!parsed.success) return refuse(invalidFields(parsed.error))
  const said = parsed.data
  if (!isFor(app, said.appId))
    return refuse(wrongApp('appId: is not the app that this request was authenticated for'))
  const uid = caller.uid ?? said.uid
  if (uid === undefined) return refuse(invalid('uid: is required'))
  if (said.uid !== undefined && said.uid !== uid) return refuse(wrongUser)
  return { ok: true, appId: app.appId, uid, said }
}

const refuse = (refusal: Refusal) => ({ ok: false as const, refusal })

function readSaid({ method, query, body }: FastifyRequest): ParsedBody {
  if (method === 'GET' || method === 'HEAD') return { ok: true, value: query }
  return parseBody(body instanceof Buffer ? body : undefined)
}

/** What may be believed of a body before anything is proved: nothing, but it tells whom to ask. */
const hints = z
  .object({
    value: z.object({ appId: z.string().optional().catch(undefined), uid: uid.optional().catch(undefined) }),
  })
  .transform(({ value }) => value)
  .catch({})

/** A name that is given twice is a list, which is the name of no app. */
function appIdInQuery({ query }: FastifyRequest): string | undefined {
  const given = z.object({ appId: z.unknown() }).safeParse(query).data?.appId
  return given === undefined ? undefined : String(given)
}

/** JSON is taken under any name, or none: React Native and curl each have their own. */
function unreadable(request: FastifyRequest, message: string): Refusal {
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
