/** Process: a bare HTTP handler that calls `provider.send` itself, without a queue. The floor of the ring latency. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readOptions, serveParent } from '../processes/parent.ts'
import { tokensOf } from '../stage/calls.ts'
import type { ApnsAccess } from './apns-access.ts'
import { createBareApns } from './create-bare-apns.ts'
import { readBareCall } from './create-bare-queue.ts'

export interface DirectOptions {
  apns: ApnsAccess
  /** How many iPhones each user has. */
  phones: number
}

const { apns, phones } = readOptions<DirectOptions>()
const send = createBareApns(apns)
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', async () => {
    const call = readBareCall(JSON.parse(Buffer.concat(chunks).toString()))
    const sent = await Promise.allSettled(tokensOf(call.uid, phones).map(token => send(call, token)))
    response.statusCode = sent.every(({ status }) => status === 'fulfilled') ? 200 : 502
    response.end()
  })
})
server.listen(0, '127.0.0.1', () => {
  serveParent({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
