import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

/** How many streams are being opened at once. */
const OPENING = 50

/** One address may have a quarter of the connections, so the streams come from several of 127.0.0.0/8. */
const ADDRESSES = 8

/** Streams of state that are open. */
export interface OpenStreams {
  /** Resolves when the stream of this URL has told this `callAction`. */
  told(url: string, callAction: string): Promise<void>
  close(): void
}

/** Opens a stream at each of these state URLs. Resolves when all are answered. Rejects if one of them is refused. */
export async function openStreams(urls: readonly string[]): Promise<OpenStreams> {
  const texts = new Map<string, string>()
  const waiting = new Map<string, () => void>()
  const requests: ClientRequest[] = []

  async function open(url: string, index: number) {
    const localAddress = `127.0.0.${2 + (index % ADDRESSES)}`
    const headers = { accept: 'text/event-stream' }
    const outgoing = request(url, { agent: false, localAddress, headers })
    requests.push(outgoing)
    outgoing.end()
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    if (incoming.statusCode !== 200) throw new Error(`a stream was answered ${incoming.statusCode}`)
    incoming.on('error', () => {})
    incoming.setEncoding('utf8').on('data', chunk => {
      texts.set(url, `${texts.get(url) ?? ''}${chunk}`)
      waiting.get(url)?.()
    })
  }

  const left = urls.entries()
  await Promise.all(
    Array.from({ length: OPENING }, async () => {
      for (const [index, url] of left) await open(url, index)
    }),
  )
  return {
    told: (url, callAction) =>
      new Promise(resolve => {
        const look = () => {
          if (texts.get(url)?.includes(`"callAction":"${callAction}"`)) resolve()
        }
        waiting.set(url, look)
        look()
      }),
    close() {
      for (const outgoing of requests) outgoing.destroy()
    },
  }
}
