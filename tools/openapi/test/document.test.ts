import { readFileSync } from 'node:fs'
import { createLookup, createStatus, operatorPage } from '@ringer/diagnosis'
import { createAdminServer, readFigures } from '@ringer/service'
import { readQueueFigures } from '@ringer/store'
import type { FastifyInstance } from 'fastify'
import { describe, expect } from 'vitest'
import { z } from 'zod'
import { it as ingressIt } from '../../../apps/ingress/test/start-ingress.ts'
import { DEFAULT_SESSION_ID, deliver, initiated, post, register, tokens } from '../../../test/webhooks.ts'
import { registrationKey, type World, it as worldIt } from '../../../test/world.ts'
import * as answers from '../answers.ts'
import { buildDocument } from '../build-document.ts'

const document = buildDocument()
const committed = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')

type Path = { servers?: unknown } & Record<string, unknown>
const paths = Object.entries(document.paths as Record<string, Path>)
const onAdminPort = ([, path]: [string, Path]) => path.servers !== undefined
const onBoth = ([path]: [string, Path]) => path.startsWith('/health/')
const operationsOf = (some: typeof paths) =>
  some.flatMap(([path, item]) =>
    ['get', 'post', 'options']
      .filter(method => method in item)
      .map(method => `${method.toUpperCase()} ${path}`),
  )

/** The routes that a server has: `GET /calls/{sessionId}`. Leaves out HEAD, which Fastify adds to each GET. */
function routesOf(server: FastifyInstance): string[] {
  const folders: string[] = []
  return server
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap(line => {
      const [, indent = '', part = '', methods = ''] = /^(.*?)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? []
      const depth = indent.length / 4
      folders.splice(depth, Infinity, part)
      const path = folders.join('').replace(/:(\w+)/g, '{$1}')
      return methods.split(', ').flatMap(method => (method && method !== 'HEAD' ? `${method} ${path}` : []))
    })
}

/** The page's own files change with it, and nobody else asks for them. */
const isFileOfPage = (route: string) => /\.(js|css|svg)$/.test(route)

/** Answers the preflight requests of browsers, for every route. */
const PREFLIGHT = 'OPTIONS *'

ingressIt('docs/openapi.json is what the code says; `npm run openapi` writes it', () => {
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(document)))
})

describe('the document', () => {
  ingressIt('has every route of the ingress, and no other', async ({ startIngress }) => {
    const phones = {
      stateUrls: { urlOf: () => '', read: () => ({ ok: false, fault: 'malformed' }) },
      rings: {},
      watch: () => ({ close: () => undefined }),
    }
    const { server } = await startIngress({ phones: phones as never })
    const described = operationsOf(paths.filter(path => !onAdminPort(path)))
    expect(
      routesOf(server)
        .filter(route => route !== PREFLIGHT)
        .sort(),
    ).toEqual(described.sort())
  })

  worldIt('has every route of the admin port, and no other', async ({ world }) => {
    const server = openAdmin(world)
    await server.ready()
    const described = operationsOf(paths.filter(path => onAdminPort(path) || onBoth(path)))
    const routes = routesOf(server).filter(route => !isFileOfPage(route))
    expect(routes.sort()).toEqual(described.sort())
    const served = await server.inject('/openapi.json')
    expect(served.body).toBe(committed)
    expect(served.headers['content-type']).toMatch(/^application\/json/)
    await server.close()
  })
})

function openAdmin({ reader, keys, prefix, records }: World) {
  const readQueues = () => readQueueFigures(reader, prefix, ['calls'], Date.now())
  const registry = { contentType: 'text/plain', metrics: async () => '', getSingleMetric: () => undefined }
  const readStatus = createStatus({
    ...{ redis: reader, keys, process: 'worker', now: Date.now, readQueues },
    readFigures: () => readFigures(registry as never),
  })
  return createAdminServer({
    registry: registry as never,
    checks: async () => ({ redis: true, clock: { ready: true } }),
    calls: createLookup({ redis: reader, keys, records, appIds: ['default'], now: Date.now }),
    page: operatorPage(readStatus),
  })
}

worldIt('what Ringer really answers is what the document says', async ({ world }) => {
  const headers = { authorization: `Bearer ${registrationKey}` }
  const get = async (path: string) => (await fetch(`${world.ingress}${path}`, { headers })).json()
  const check = (schema: z.ZodType, answer: unknown) =>
    expect(strict(schema).safeParse(answer).error).toBeUndefined()
  const phone = { uid: 'bob', platform: 'ios', token: tokens.iphone, deviceId: 'phone' }
  check(answers.registered, (await register(world.ingress, phone)).body)
  check(answers.devices, await get('/api/push/devices?uid=bob'))
  check(answers.ringable, await get('/api/push/ringable?uid=bob'))
  world.addWorker()
  check(answers.stored, (await deliver(world.ingress, initiated())).body)
  check(answers.error, (await deliver(world.ingress, { nonsense: true })).body)
  await world.apns.waitFor(received => received.length === 1)
  const answered = JSON.stringify({ uid: 'bob', sessionId: DEFAULT_SESSION_ID, deviceId: 'phone' })
  check(answers.answered, (await post(`${world.ingress}/api/push/answered`, answered, headers)).body)
  check(answers.error, (await register(world.ingress, { uid: 'bob' })).body)
  const unregister = JSON.stringify({ uid: 'bob', all: true })
  check(answers.unregistered, (await post(`${world.ingress}/api/push/unregister`, unregister, headers)).body)
  check(answers.live, await get('/health/live'))
  check(answers.ready, await get('/health/ready'))

  const admin = openAdmin(world)
  const ask = async (url: string) => (await admin.inject(url)).json()
  await expect
    .poll(() => ask(`/calls/${DEFAULT_SESSION_ID}`))
    .toMatchObject({ verdict: { code: 'accepted' } })
  check(answers.call, await ask(`/calls/${DEFAULT_SESSION_ID}`))
  check(answers.calls, await ask('/calls?uid=bob'))
  check(answers.unknownCall, await ask('/calls/v1.us.unknown'))
  check(answers.error, await ask('/calls?limit=0'))
  check(answers.status, await ask('/status'))
  check(answers.ready, await ask('/health/ready'))
  await admin.close()
})

/** The same schema, but without fields that the document does not know. Objects of no known fields stay open. */
function strict(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).map(([name, field]) => [name, strict(field as z.ZodType)])
    return fields.length > 0 ? z.strictObject(Object.fromEntries(fields)) : schema
  }
  if (schema instanceof z.ZodArray) return z.array(strict(schema.element as z.ZodType))
  if (schema instanceof z.ZodOptional) return strict(schema.unwrap() as z.ZodType).optional()
  return schema
}
