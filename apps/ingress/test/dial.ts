import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'

/** Opens a raw connection, so that a test decides about every byte. */
export async function dial(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
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
