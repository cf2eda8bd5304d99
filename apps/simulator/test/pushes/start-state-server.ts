import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** Starts Ringer's side of one state URL, which says what the test tells it to. A state has 30 s left. */
export async function startStateServer(first: object | number = { callAction: 'initiated' }) {
  /** The answer to the next question: a state, or a status without one. */
  let answer = first
  const streams: ServerResponse[] = []
  const receipts: Record<string, unknown>[] = []
  /** Statuses of the answers to the next receipts, before 204. */
  const refusals: number[] = []
  let questions = 0
  let arrival = Promise.withResolvers<void>()

  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = ''
      request.on('data', chunk => {
        body += chunk
      })
      request.on('end', () => {
        const status = refusals.shift() ?? 204
        receipts.push({ ...JSON.parse(body), status })
        response.writeHead(status).end()
        arrived()
      })
      return
    }
    questions += 1
    if (typeof answer === 'number') response.writeHead(answer).end('{}')
    else if (request.headers.accept === 'text/event-stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventOf(answer))
      streams.push(response)
    } else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole(answer)))
    arrived()
  })
  const arrived = () => {
    arrival.resolve()
    arrival = Promise.withResolvers()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/r/token`,
    receipts,
    refusals,
    questions: () => questions,
    openStreams: () => streams.filter(stream => !stream.destroyed).length,
    /** Resolves when `isMet` is true, which is looked at after each request. */
    async until(isMet: () => boolean) {
      while (!isMet()) await arrival.promise
    },
    /** Tells the phones that have streams, and all that ask later. */
    tell(state: object | number) {
      answer = state
      if (typeof state === 'object') for (const stream of streams) stream.write(eventOf(state))
    },
    breakStreams() {
      for (const stream of streams.splice(0)) stream.destroy()
    },
  }
}

const whole = (state: object) => ({ now: 1_000, deadline: 31_000, caller: { uid: 'alice' }, ...state })
const eventOf = (state: object) => `:\n\nevent: state\ndata: ${JSON.stringify(whole(state))}\n\n`
