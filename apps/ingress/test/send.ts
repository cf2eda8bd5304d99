import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { onTestFinished } from 'vitest'

/** What the ingress answered. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** The body as it came, and what it says when it is JSON. */
  text: string
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
  /** A list sends the header once for each of its values. */
  headers?: Record<string, string | number | string[]>
  body?: string | Buffer
  /** Sends the headers and the body, but not the end of the request. */
  unfinished?: boolean
}

/**
 * Sends one request on a connection of its own. An answer that comes before the request was sent whole is an answer
 * too: writing on then fails, and that is not looked at.
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
