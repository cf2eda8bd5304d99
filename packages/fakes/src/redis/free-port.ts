import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port of loopback that is free just now: this one, or one that the system chooses. Rejects if it is taken. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free TCP port')
  return address.port
}
