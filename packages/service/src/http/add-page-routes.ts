import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { within } from '../within.ts'
import { renderGuide } from './render-guide.ts'

/** How long reading the status may take. A worker's commands wait until Redis is back, but an HTTP client should not. */
const READ_LIMIT_MS = 2_000

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // After an update, the page must match the server.
  'cache-control': 'no-cache',
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The operator's page, and what it asks for besides calls. */
export interface OperatorPage {
  /** The folder of its files, with `index.html`. */
  folder: URL
  /** The Markdown that explains the diagnoses, and its address on the server, such as `docs/diagnoses.md`. */
  guide: { file: URL; path: string }
  /** The OpenAPI document of both ports. */
  openapi: URL
  /** What `GET /status` answers. */
  readStatus(): Promise<object>
}

/**
 * Adds the files of the operator's page, `GET /` first, the guide that it links, and the OpenAPI document. They tell nothing about calls, so they need no
 * token: the page asks for it. A policy lets them load nothing from other origins.
 *
 * Each file is a route of its own, so that no path can lead out of the folder. The files are listed once.
 */
export function addPageFiles(server: FastifyInstance, { folder, guide, openapi }: OperatorPage): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = entry.replaceAll('\\', '/')
    const type = types[extname(path)]
    if (type === undefined || path.endsWith('.d.ts')) continue
    const file = new URL(path, folder)
    server.get(path === 'index.html' ? '/' : `/${path}`, async (_request, reply) =>
      reply
        .headers(headers)
        .type(type)
        .send(await readFile(file)),
    )
  }
  server.get(`/${guide.path}`, async (_request, reply: FastifyReply) =>
    reply
      .headers(headers)
      .type('text/html; charset=utf-8')
      .send(renderGuide(await readFile(guide.file, 'utf8'))),
  )
  server.get('/openapi.json', async (_request, reply: FastifyReply) =>
    reply
      .headers(headers)
      .type('application/json; charset=utf-8')
      .send(await readFile(openapi)),
  )
}

/** Adds `GET /status`: queues, workers and figures at this moment. */
export function addStatusRoute(server: FastifyInstance, { readStatus }: OperatorPage): void {
  server.get('/status', async (_request, reply) => {
    const read = await within(READ_LIMIT_MS, readStatus())
    if (read.done) return reply.header('cache-control', 'no-store').send(read.value)
    const message = `could not read the status: ${read.reason}`
    return reply.code(503).send({ error: { code: 'unavailable', message } })
  })
}
