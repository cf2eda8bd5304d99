import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type Relay, type RelayListener, startRelay } from '@ringer/fakes'
import { describe, expect, it, onTestFinished } from 'vitest'

/** Starts a server that sends back what it gets, behind a relay. */
async function startEcho(
  listener: RelayListener = {},
): Promise<{ relay: Relay; echoPort: number; accepted: Socket[] }> {
  const accepted: Socket[] = []
  const server = createServer(socket => {
    accepted.push(socket)
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const upstreamPort = (server.address() as AddressInfo).port
  const relay = await startRelay({ host: '127.0.0.1', port: 0, upstreamPort, listener })
  onTestFinished(async () => {
    await relay.close()
    server.close()
  })
  return { relay, echoPort: upstreamPort, accepted }
}

/** A client that collects what it receives. */
async function open(relay: Relay) {
  const socket = connect(relay.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', chunk => {
    text += chunk
  })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return { socket, received: () => text }
}

describe('a relay with a delay', () => {
  it('delays every byte by as much in each direction', async () => {
    const { relay } = await startEcho()
    const client = await open(relay)
    relay.delay(100)
    const sentAt = performance.now()
    client.socket.write('ping')
    await expect.poll(client.received, { interval: 5 }).toBe('ping')
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(195)
  })

  it('keeps the order of the bytes when the delay becomes shorter, and forwards the end last', async () => {
    const { relay } = await startEcho()
    const client = await open(relay)
    const ended = once(client.socket, 'end')
    for (const [index, ms] of [80, 20, 0].entries()) {
      relay.delay(ms)
      client.socket.write(`${index}`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    client.socket.end()
    await ended
    expect(client.received()).toBe('012')
  })
})

describe('a relay that freezes some connections', () => {
  it('silences only those, and delivers what they were sent once it thaws', async () => {
    const { relay } = await startEcho()
    const [first, second] = [await open(relay), await open(relay)]
    await expect.poll(() => relay.connections).toBe(2)
    relay.freeze({ only: connection => connection === 1 })
    first.socket.write('late')
    second.socket.write('now')
    await expect.poll(second.received).toBe('now')
    const third = await open(relay)
    third.socket.write('new')
    await expect.poll(third.received).toBe('new')
    expect(first.received()).toBe('')
    relay.thaw()
    await expect.poll(first.received).toBe('late')
  })
})

it('a relay reports the port from which it forwards a connection, and when the client has closed the connection', async () => {
  const opened: [number, number][] = []
  const ended: number[] = []
  const { relay, accepted } = await startEcho({
    opened: (...connection) => opened.push(connection),
    ended: connection => ended.push(connection),
  })
  const [first, second] = [await open(relay), await open(relay)]
  await expect.poll(() => accepted.length).toBe(2)
  const ports = new Map(opened)
  expect([ports.get(1), ports.get(2)].sort()).toEqual(accepted.map(({ remotePort }) => remotePort).sort())
  expect([relay.clientPortOf(ports.get(1)), relay.clientPortOf(ports.get(2))]).toEqual([
    first.socket.localPort,
    second.socket.localPort,
  ])
  expect(ended).toEqual([])
  second.socket.end()
  await expect.poll(() => ended).toEqual([2])
  relay.dropConnections()
  expect(ended).toEqual([2, 1])
})

it('a relay passes on that the server reset a connection', async () => {
  const { relay, accepted } = await startEcho()
  const client = await open(relay)
  const failed = once(client.socket, 'error')
  await expect.poll(() => accepted.length).toBe(1)
  accepted[0]?.resetAndDestroy()
  await expect(failed).resolves.toMatchObject([{ code: 'ECONNRESET' }])
})
