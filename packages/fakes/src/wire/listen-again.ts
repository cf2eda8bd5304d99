import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Listens for TCP connections; 0 is any free port. Half-open connections stay open. */
export async function listenOnce(
  host: string,
  port: number,
  onClient: (client: Socket) => void,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onClient)
  server.listen(port, host)
  await once(server, 'listening')
  server.on('error', () => undefined)
  return server
}

/** Retries, because another process may use the port for a moment as the local port of one of its connections. */
export async function listenAgain(
  host: string,
  port: number,
  onClient: (client: Socket) => void,
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listenOnce(host, port, onClient)
    } catch (error) {
      if (attempt === 20) throw error
      await pause(100)
    }
  }
}

/** The port on which a server listens. */
export function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string')
    throw new Error('The relay is not listening on a TCP port')
  return address.port
}
