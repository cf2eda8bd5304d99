/** Process: the floor of the ingress. Fastify, the check of the signature and one `queue.add`. */
import { fastify } from 'fastify'
import { WEBHOOK_PATH } from '../load/build-request.ts'
import { readOptions, serveParent } from '../processes/parent.ts'
import { checkSignature } from './check-signature.ts'
import { createBareQueue } from './create-bare-queue.ts'

export interface BareServerOptions {
  redisUrl: string
}

const { redisUrl } = readOptions<BareServerOptions>()
const store = createBareQueue(redisUrl, 1)
const server = fastify()
server.removeAllContentTypeParsers()
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
server.post(WEBHOOK_PATH, async (request, reply) => {
  const body = request.body as Buffer
  if (!checkSignature(body, request.headers['x-cometchat-signature'])) return reply.code(401).send({})
  await store(body)
  return { status: 'queued' }
})
serveParent({ url: await server.listen({ host: '127.0.0.1', port: 0 }) })
