/** Process: Express 5, with the check of the signature and one `queue.add`. */
import type { AddressInfo } from 'node:net'
import express from 'express'
import { WEBHOOK_PATH } from '../load/build-request.ts'
import { readOptions, serveParent } from '../processes/parent.ts'
import { checkSignature } from './check-signature.ts'
import { createBareQueue } from './create-bare-queue.ts'
import type { BareServerOptions } from './fastify.ts'

const { redisUrl } = readOptions<BareServerOptions>()
const store = createBareQueue(redisUrl, 1)
const app = express()
app.use(express.raw({ type: () => true }))
app.post(WEBHOOK_PATH, async (request, response) => {
  const body: Buffer = request.body
  if (!checkSignature(body, request.headers['x-cometchat-signature'])) {
    response.status(401).json({})
    return
  }
  await store(body)
  response.json({ status: 'queued' })
})
const server = app.listen(0, '127.0.0.1', () => {
  serveParent({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
