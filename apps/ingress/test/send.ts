import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { onTestFinished } from 'vitest'

/** An answer of the ingress. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** The body as received. */
  text: string
  /** The parsed body, if it is JSON. */
  body: {
    status?: string
    reason?: string
    deviceId?: string
    deviceIds?: string[]
    count?: number
    devices?: object[]
    error?: { code: string; message: string }
  }
}

export interface Sending {
  method?: string
  /** A list sends the header once for each value. */
  headers?: Record<string, string | number | string[]>
  body?: string | Buffer
  /** Sends the headers and the body, but not the end of the request. */
  unfinished?: boolean
}

/**
 * Sends one request on its own connection. An answer may arrive before the request is sent completely: the rest then
 * fails to be written, and that error is ignored.
 */
export function send(url: string, { method = 'POST', headers, body, unfinished }: Sending = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = request(
      url,
      { method, agent: false, headers: headers as OutgoingHttpHeaders },
      incoming => {
        const chunks: Buffer[] = []
        incoming.on('data', chunk => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = incoming.headers['content-type']?.startsWith('application/json')
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            body: isJson ? JSON.parse(text) : {},
          })
        })
      },
    )
    outgoing.on('error', reject)
    if (!unfinished) return outgoing.end(body)
    onTestFinished(() => void outgoing.destroy())
    outgoing.flushHeaders()
    if (body !== undefined) outgoing.write(body)
  })
}
