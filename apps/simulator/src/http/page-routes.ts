import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // A reload must show what a developer has just edited.
  'cache-control': 'no-cache',
}

/** Serves the page's files, with a policy that lets them load nothing from other origins. */
export function pageRoutes(server: FastifyInstance): void {
  server.register(fastifyStatic, {
    root: fileURLToPath(new URL('../../page/', import.meta.url)),
    cacheControl: false,
    setHeaders: reply => {
      reply.headers(headers)
    },
  })
}
