import { once } from 'node:events'
import { createServer } from 'node:net'

/** Returns a port of loopback that is free now: the wanted one, or for 0 any. Rejects if the wanted port is taken. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free TCP port')
  return address.port
}
