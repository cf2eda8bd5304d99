import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createConnections } from '../load/create-connections.ts'

const REQUEST = Buffer.from('POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n')

it('uses another connection when the server has closed an idle one', async () => {
  const accepted: Socket[] = []
  const server = createServer(socket => {
    accepted.push(socket)
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connections = createConnections(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(async () => {
    connections.close()
    server.close()
    await once(server, 'close')
  })
  expect(await connections.send(REQUEST)).toMatchObject({ status: 200 })

  const [first] = accepted
  first?.end()
  if (first && !first.closed) await once(first, 'close')
  expect(await connections.send(REQUEST)).toMatchObject({ status: 200 })
  expect(accepted).toHaveLength(2)
})
