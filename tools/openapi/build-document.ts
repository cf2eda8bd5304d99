import { receiptBody } from '@ringer/payloads'
import { providers } from '@ringer/providers'
import { callQuery, readVersion } from '@ringer/service'
import { z } from 'zod'
import { owner } from '../../apps/ingress/src/registration/fields/body-fields.ts'
import { createRegisterBody } from '../../apps/ingress/src/registration/register-body.ts'
import { answeredBody } from '../../apps/ingress/src/registration/report-answer.ts'
import { createUnregisterBody } from '../../apps/ingress/src/registration/unregister-body.ts'
import * as answers from './answers.ts'

type Json = Record<string, unknown>

/** The OpenAPI document of both ports. Requests are described by the schemas that validate them. */
export function buildDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ringer',
      version: readVersion(),
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'The port of the ingress takes webhooks and registrations; the admin port of every process has health, metrics and calls. ' +
        'Every refusal is `{ error: { code, message } }`; the message says what to fix and repeats no value.',
    },
    servers: [{ url: 'http://127.0.0.1:3000', description: 'the ingress' }],
    tags: [
      { name: 'webhooks', description: 'From CometChat' },
      { name: 'phones', description: 'From apps, or their backend' },
      { name: 'health' },
      { name: 'operators', description: 'On the admin port (ADMIN_PORT)' },
    ],
    paths: { ...webhookPaths(), ...phonePaths(), ...statePaths(), ...healthPaths(), ...operatorPaths() },
    components: { schemas: { Error: schemaOf(answers.error, 'output') }, securitySchemes },
  }
}

const securitySchemes = {
  webhookBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'COMETCHAT_WEBHOOK_USERNAME and COMETCHAT_WEBHOOK_PASSWORD',
  },
  webhookSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'x-cometchat-signature',
    description: 'HMAC-SHA256 of the body with COMETCHAT_WEBHOOK_SECRET',
  },
  registration: {
    type: 'http',
    scheme: 'bearer',
    description: 'By REGISTRATION_AUTH: REGISTRATION_KEY, a JWT of yours, or the auth token of CometChat',
  },
  admin: {
    type: 'http',
    scheme: 'bearer',
    description: 'ADMIN_TOKEN; without one, calls are told to loopback only',
  },
}

/** What a field means, wherever it occurs. The schemas that validate have no words for readers. */
const meanings: Record<string, string> = {
  appId: "CometChat's app id; needed if Ringer serves several apps",
  uid: 'The user; optional if the credential says who it is. Upper and lower case are the same',
  platform: "ios or android, or CometChat's name, such as APNS_REACT_NATIVE_VOIP",
  kind: 'What the token is for; default: voip for iPhones, both for Android phones',
  environment: 'iOS: production (App Store, TestFlight) or sandbox (Xcode); default: APNS_ENVIRONMENT',
  token: "The PushKit token in hex, or FCM's registration token",
  voipToken: 'The PushKit token of an iPhone, in place of token and platform',
  apnsToken: 'The token of an iPhone for notifications, in place of token and platform',
  fcmToken: 'The token of an Android phone, in place of token and platform',
  fid: 'The Firebase installation id of an app that registers by it, in place of token',
  bundleId: 'If an app has several',
  deviceId: "The app's own name for the phone, the same after each refresh of its token",
  all: 'true: every phone of the user',
  sessionId: 'The session of the call',
  since: 'An instant (ISO 8601) or an age such as 90s, 15m, 2h or 1d',
  limit: 'How many calls at most',
  format: 'text is for people',
}

function webhookPaths(): Json {
  const webhook = (security: Json[]) => ({
    post: {
      tags: ['webhooks'],
      summary: 'Takes a webhook of CometChat, in any of its forms (docs/cometchat.md)',
      security,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
      },
      responses: {
        200: ok('Stored, stored before, or understood and nothing to do', answers.stored),
        ...refusals(400, 401, 413, 415, 429),
        503: refusal('Redis did not take it in time; send it again', true),
      },
    },
  })
  const both = [{ webhookBasic: [] }, { webhookSignature: [] }]
  const basic = [{ webhookBasic: [] }]
  return {
    '/webhooks/cometchat': webhook(both),
    '/webhooks/call': webhook(both),
    '/webhook/cometchat/call-received': webhook(both),
    '/providers/cometchat': webhook(basic),
    '/webhook': webhook(basic),
  }
}

function phonePaths(): Json {
  const post = (
    summary: string,
    body: z.ZodType,
    description: string,
    answer: z.ZodType,
    ...more: number[]
  ) => ({
    post: {
      tags: ['phones'],
      summary,
      security: [{ registration: [] }],
      parameters: [appIdInQuery],
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
      responses: { 200: ok(description, answer), ...refusals(400, 401, 403, 413, 415, 429, 503, ...more) },
    },
  })
  const register = (summary: string) =>
    post(summary, createRegisterBody(providers), 'Registered', answers.registered, 409)
  const unregister = (summary: string) =>
    post(summary, createUnregisterBody(providers), 'Unregistered, or there was none', answers.unregistered)
  return {
    '/api/push/register': register('Registers a phone or a browser of a user'),
    '/api/push/unregister': unregister('Unregisters one phone or browser, or all of a user'),
    '/api/push/answered': post(
      'Says on which phone a call was taken',
      answeredBody,
      "The user's other phones are told",
      answers.answered,
      404,
    ),
    '/api/push/devices': {
      get: {
        tags: ['phones'],
        summary: "Lists a user's phones, without their tokens",
        security: [{ registration: [] }],
        parameters: queryOf(z.object(owner)),
        responses: { 200: ok('The phones', answers.devices), ...refusals(400, 401, 403, 429, 503) },
      },
    },
    '/api/push/ringable': {
      get: {
        tags: ['phones'],
        summary: "Says which of a user's phones would ring now, and why the others would not",
        security: [{ registration: [] }],
        parameters: queryOf(z.object(owner)),
        responses: { 200: ok('The phones', answers.ringable), ...refusals(400, 401, 403, 429, 503) },
      },
    },
    '/api/push/subscribe': register('The same, by the name that browsers use'),
    '/api/push/unsubscribe': unregister('The same, by the name that browsers use'),
    '/api/push/vapid': {
      get: {
        tags: ['phones'],
        summary: 'The key with which a browser subscribes',
        parameters: [appIdInQuery],
        responses: { 200: ok('The public key', answers.vapid), ...refusals(400, 404) },
      },
    },
  }
}

/** Only with RINGER_PUBLIC_URL and RINGER_STATE_SECRET. The path is the credential. */
const statePaths = (): Json => ({
  '/r/{token}': {
    parameters: [
      { ...parameter('token', { type: 'string' }), in: 'path', required: true, description: undefined },
    ],
    get: {
      tags: ['phones'],
      summary: 'Asks at the stateUrl of a push whether the phone still rings, once or as a stream of events',
      responses: {
        200: {
          ...ok('The state of the ring', answers.state),
          content: {
            ...ok('', answers.state).content,
            'text/event-stream': { schema: { type: 'string' } },
          },
        },
        ...refusals(404, 410, 429, 503),
      },
    },
    post: {
      tags: ['phones'],
      summary: 'Reports what the phone did: that it shows the call, or what the user pressed',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemaOf(receiptBody, 'input') } },
      },
      responses: { 204: { description: 'Noted' }, ...refusals(400, 404, 410, 413, 429, 503) },
    },
    options: {
      tags: ['phones'],
      summary: 'Allows web pages to ask',
      responses: { 204: { description: 'Allowed' } },
    },
  },
})

const healthPaths = (): Json => ({
  '/health/live': {
    get: {
      tags: ['health'],
      summary: 'Whether the process answers',
      responses: { 200: ok('It does', answers.live) },
    },
  },
  '/health/ready': {
    get: {
      tags: ['health'],
      summary: 'Whether the process can do its work, with each check',
      responses: { 200: ok('It can', answers.ready), 503: ok('It cannot, and why', answers.ready) },
    },
  },
})

function operatorPaths(): Json {
  const get = (summary: string, parameters: Json[], responses: Json) => ({
    servers: [
      { url: 'http://127.0.0.1:3001', description: 'the admin port of an ingress; a worker has 3002' },
    ],
    get: { tags: ['operators'], summary, security: [{ admin: [] }], parameters, responses },
  })
  const format = z.object({ format: z.enum(['json', 'text']).default('json') })
  const text = (description: string, type: string) => ({
    description,
    content: { [type]: { schema: { type: 'string' } } },
  })
  const json = (description: string, answer: z.ZodType) => {
    const found = ok(description, answer)
    return { ...found, content: { ...found.content, 'text/plain': { schema: { type: 'string' } } } }
  }
  return {
    '/': get("The operator's page", [], { 200: text('The page', 'text/html') }),
    '/docs/diagnoses.md': get('What each diagnosis means, as a page', [], {
      200: text('The page', 'text/html'),
    }),
    '/openapi.json': get('This document', [], { 200: text('OpenAPI 3.1', 'application/json') }),
    '/metrics': get('Metrics for Prometheus', [], {
      200: text('The metrics', 'text/plain'),
      ...refusals(401),
    }),
    '/status': get('Queues, workers, and figures of the process', [], {
      200: ok('The status', answers.status),
      ...refusals(401, 403, 503),
    }),
    '/calls': get(
      'The newest calls, and why each phone rang or did not',
      queryOf(callQuery.extend(format.shape)),
      {
        200: json('The calls', answers.calls),
        ...refusals(400, 401, 403, 503),
      },
    ),
    '/calls/{sessionId}': get(
      'Why the phones of a call rang or did not',
      [{ ...parameter('sessionId', { type: 'string' }), in: 'path', required: true }, ...queryOf(format)],
      {
        200: json('The call', answers.call),
        ...refusals(400, 401, 403, 503),
        404: ok('No record of a call with this session id', answers.unknownCall),
      },
    ),
  }
}

/** @param io the form in which it is sent (`input`) or what it becomes */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  const properties = json.properties as Record<string, Json> | undefined
  for (const [name, property] of Object.entries(properties ?? {}))
    if (io === 'input' && meanings[name]) property.description = meanings[name]
  return json
}

function queryOf(schema: z.ZodObject): Json[] {
  const { properties, required = [] } = schemaOf(schema, 'input') as {
    properties: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    ...parameter(name, property),
    ...(required.includes(name) && { required: true }),
  }))
}

const parameter = (name: string, schema: Json): Json => ({
  ...{ name, in: 'query', schema },
  ...(meanings[name] && { description: meanings[name] }),
})

const appIdInQuery = parameter('appId', { type: 'string' })

const ok = (description: string, answer: z.ZodType) => ({
  description,
  content: { 'application/json': { schema: schemaOf(answer, 'output') } },
})

const refusal = (description: string, hasRetryAfter = false) => ({
  description,
  ...(hasRetryAfter && {
    headers: { 'retry-after': { description: 'In seconds', schema: { type: 'integer' } } },
  }),
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
})

const reasons: Record<number, string> = {
  400: 'The body, the query or the path is wrong; the message names every field',
  401: 'The credential is missing, malformed or wrong',
  403: 'The credential is not for this',
  404: 'Not known',
  409: 'The token belongs to another user',
  410: 'The ring has been over for too long',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many requests',
  503: 'Redis did not answer in time; try again',
}

const refusals = (...statuses: number[]): Json =>
  Object.fromEntries(
    statuses.map(status => [status, refusal(reasons[status] ?? '', [429, 503].includes(status))] as const),
  )
