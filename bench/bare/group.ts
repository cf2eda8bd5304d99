/** Process: the floor of a group call. A bare HTTP handler that has all tokens in memory and sends all pushes at once. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readOptions, serveParent } from '../processes/parent.ts'
import { users } from '../stage/calls.ts'
import { androidOf, GROUP, iphoneOf } from '../stage/group-call.ts'
import type { ApnsAccess } from './apns-access.ts'
import { createBareApns } from './create-bare-apns.ts'
import { createBareFcm } from './create-bare-fcm.ts'
import { readBareCall } from './create-bare-queue.ts'

export interface BareGroupOptions {
  apns: ApnsAccess
  fcmPort: number
}

const { apns, fcmPort } = readOptions<BareGroupOptions>()
const sendToIphone = createBareApns(apns)
const sendToAndroid = createBareFcm({ port: fcmPort, ca: apns.ca })
const phonesOf = new Map(users.map(uid => [uid, { iphone: iphoneOf(uid), android: androidOf(uid) }]))

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', async () => {
    response.end()
    const call = readBareCall(JSON.parse(Buffer.concat(chunks).toString()))
    const called = call.uid === GROUP ? [...phonesOf.values()] : [phonesOf.get(call.uid)]
    const sent = called.flatMap(phones =>
      phones ? [sendToIphone(call, phones.iphone), sendToAndroid(call, phones.android)] : [],
    )
    for (const { status, ...rest } of await Promise.allSettled(sent)) {
      if (status === 'rejected') process.stderr.write(`${JSON.stringify(rest)}\n`)
    }
  })
})
server.listen(0, '127.0.0.1', () => {
  serveParent({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
