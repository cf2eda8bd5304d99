/** Process: relays TCP connections, delays both directions, and counts the bytes and Redis commands that clients send. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createCommandCounter } from './count-commands.ts'
import { readOptions, serveParent } from './parent.ts'

export interface RelayOptions {
  /** Where to, on this machine. */
  port: number
  /** How long each direction takes longer, ms. */
  delayMs: number
  /** Whether to count Redis commands. */
  counts: boolean
}

/** What clients have sent so far. */
export interface RelayTraffic {
  commands: number
  bytes: number
  /** How often each command was sent. */
  names: Record<string, number>
}

const { port, delayMs, counts } = readOptions<RelayOptions>()
const counter = createCommandCounter()
let bytes = 0

/** Passes everything on, in its order, `delayMs` later. */
function pipe(from: Socket, to: Socket, onData: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    onData(chunk)
    if (delayMs === 0) to.write(chunk)
    else setTimeout(() => to.write(chunk), delayMs)
  })
  from.on('close', () => setTimeout(() => to.end(), delayMs))
  from.on('error', () => to.destroy())
}

const server = createServer(client => {
  const target = connect({ host: '127.0.0.1', port, noDelay: true })
  client.setNoDelay(true)
  const count = counts ? counter.connection() : () => {}
  pipe(client, target, chunk => {
    bytes += chunk.length
    count(chunk)
  })
  pipe(target, client, () => {})
})
server.listen(0, '127.0.0.1', () => {
  serveParent(
    { port: (server.address() as AddressInfo).port },
    { traffic: (): RelayTraffic => ({ commands: counter.total(), bytes, names: counter.names() }) },
  )
})
