import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * Opens a raw connection, so that a test decides about every byte.
 *
 * @param localAddress the address that it comes from: any of 127.0.0.0/8. Default: 127.0.0.1
 */
export async function dial(url: string, localAddress?: string) {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), localAddress })
  onTestFinished(() => void socket.destroy())
  let received = ''
  socket.on('data', data => {
    received += data
  })
  socket.on('error', () => undefined)
  const closed = new Promise<string>(resolve => socket.once('close', () => resolve(received)))
  await once(socket, 'connect')
  return {
    socket,
    /** Everything received, once the other side has closed the connection. */
    closed,
    received: () => received,
  }
}
