/** Process: the usual recipe. Express answers a webhook after it has awaited the push to each phone, one after the other. */
import type { AddressInfo } from 'node:net'
import express from 'express'
import { WEBHOOK_PATH } from '../load/build-request.ts'
import { readOptions, serveParent } from '../processes/parent.ts'
import { tokensOf } from '../stage/calls.ts'
import { createBareApns } from './create-bare-apns.ts'
import { readBareCall } from './create-bare-queue.ts'
import type { DirectOptions } from './handler.ts'

const { apns, phones } = readOptions<DirectOptions>()
const send = createBareApns(apns)
const app = express()
app.use(express.json())
app.post(WEBHOOK_PATH, async (request, response) => {
  const call = readBareCall(request.body)
  for (const token of tokensOf(call.uid, phones)) await send(call, token)
  response.json({ status: 'sent' })
})
const server = app.listen(0, '127.0.0.1', () => {
  serveParent({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
