import { connect, type Socket } from 'node:net'
import { monotonicMs } from '../processes/clock.ts'

/** A request and its answer. Both instants are ms of the monotonic clock. */
export interface AnsweredRequest {
  status: number
  /** When the last byte of the request was written. */
  sentAt: number
  answeredAt: number
}

export interface Connections {
  /** Opens connections ahead of time. */
  open(count: number): Promise<void>
  /** Sends a complete HTTP request, on an idle connection or a new one. Rejects if the connection breaks. */
  send(request: Buffer): Promise<AnsweredRequest>
  close(): void
}

const HEAD_END = '\r\n\r\n'

/**
 * Creates keep-alive connections that send requests which were built before. They do little more than write and read, so
 * that the load generator takes as little as possible of the CPU from the server that it measures.
 */
export function createConnections(url: string): Connections {
  const { hostname, port } = new URL(url)
  const idle: Connection[] = []
  const all = new Set<Socket>()

  async function openOne(): Promise<Connection> {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    all.add(socket)
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return connectionOver(socket)
  }

  return {
    async open(count) {
      idle.push(...(await Promise.all(Array.from({ length: count }, openOne))))
    },
    async send(request) {
      const connection = takeOpen(idle) ?? (await openOne())
      const answered = await connection.send(request)
      idle.push(connection)
      return answered
    },
    close() {
      for (const socket of all) socket.destroy()
    },
  }
}

interface Connection {
  /** False once the server has closed it. Node's does so after 5 s without a request. */
  isOpen(): boolean
  send(request: Buffer): Promise<AnsweredRequest>
}

function takeOpen(idle: Connection[]): Connection | undefined {
  let connection = idle.pop()
  while (connection && !connection.isOpen()) connection = idle.pop()
  return connection
}

function connectionOver(socket: Socket): Connection {
  let received = ''
  let settle: (error?: Error) => void = () => {}
  socket.on('data', chunk => {
    received += chunk.toString('latin1')
    if (isComplete(received)) settle()
  })
  socket.on('error', error => settle(error))
  socket.on('close', () => settle(new Error('the server closed a connection')))
  return {
    isOpen: () => socket.writable,
    send: request =>
      new Promise((resolve, reject) => {
        received = ''
        const sentAt = monotonicMs()
        settle = error => {
          settle = () => {}
          if (error) reject(error)
          else resolve({ status: Number(received.slice(9, 12)), sentAt, answeredAt: monotonicMs() })
        }
        socket.write(request)
      }),
  }
}

/** Whether an answer has arrived completely. The servers of the bench always state its length. */
function isComplete(text: string): boolean {
  const head = text.indexOf(HEAD_END)
  if (head < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1]
  return text.length >= head + HEAD_END.length + Number(length ?? 0)
}
