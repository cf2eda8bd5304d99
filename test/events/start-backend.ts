import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type OutgoingEvent, outgoingEvent } from '@ringer/payloads'

export const eventsSecret = 'q4Zt8vV0sW3nYxKJr1LmP9dEoHc7BgTuA5fRi2NwSjM='

/** How the backend answers: a status, `nothing`, or `close`. */
type Answer = number | 'nothing' | 'close'

/** A backend of an app, which gets events over plain HTTP and checks each signature. */
export interface Backend {
  url: string
  /** What workers are told about it. */
  settings: { url: string; secrets: string[]; allowInside: boolean }
  /** The bodies as they came, whatever was answered. */
  bodies: string[]
  /** The events that it took. */
  events: OutgoingEvent[]
  /** The types of the events that it took, the earliest first. */
  types(): string[]
  /** What was wrong with requests: an empty list, or a defect of ours. */
  faults: string[]
  /** How it answers from now on. Default: 204 */
  answer: (event: OutgoingEvent) => Answer
  close(): void
}

export async function startBackend(): Promise<Backend> {
  const backend: Backend = {
    ...{ url: '', settings: { url: '', secrets: [eventsSecret], allowInside: true } },
    ...{ bodies: [], events: [], faults: [] },
    types: () =>
      backend.events
        .toSorted((one, other) => one.occurredAt.localeCompare(other.occurredAt))
        .map(({ type }) => type),
    answer: () => 204,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    } = request.headers
    const expected = createHmac('sha256', Buffer.from(eventsSecret, 'base64'))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64')
    if (signature !== `v1,${expected}`) backend.faults.push('wrong signature')
    const read = outgoingEvent.safeParse(JSON.parse(body))
    if (!read.success || read.data.id !== id) return void backend.faults.push('not an event')
    backend.bodies.push(body)
    const answer = backend.answer(read.data)
    if (answer === 'nothing') return
    if (answer === 'close') return void request.socket.destroy()
    if (answer < 300) backend.events.push(read.data)
    response.writeHead(answer, answer === 302 ? { location: '/elsewhere' } : {}).end()
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  backend.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ringer`
  backend.settings.url = backend.url
  return backend
}
