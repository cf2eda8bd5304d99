import { type CallView, type HintView, printCall, printHint } from '@ringer/diagnosis'
import { UsageError } from '../usage-error.ts'
import type { OpenLookup } from './looked-up.ts'

const LIMIT_MS = 5_000

/**
 * Asks the admin port of a process.
 *
 * @param url such as http://localhost:3002
 * @param token ADMIN_TOKEN, if the process has one
 */
export async function askAdmin(url: string, token: string | undefined): Promise<OpenLookup> {
  if (!URL.canParse(url)) throw new UsageError('--admin must be a URL, such as http://localhost:3002')
  const headers = token ? { authorization: `Bearer ${token}` } : {}

  async function get(path: string): Promise<{ status: number; body: unknown }> {
    const asked = new URL(path, url)
    const response = await fetch(asked, { headers, signal: AbortSignal.timeout(LIMIT_MS) }).catch(
      (error: Error) => {
        throw new Error(`${asked.origin} does not answer: ${causeOf(error)}`)
      },
    )
    const body: unknown = await response.json().catch(() => undefined)
    if (response.ok || response.status === 404) return { status: response.status, body }
    const message = (body as { error?: { message?: string } } | undefined)?.error?.message ?? ''
    throw new Error(`${asked.origin} answered ${response.status} ${message}`.trim())
  }

  const lookedUp = (body: unknown) => {
    const view = body as CallView
    if (typeof view?.sessionId !== 'string') throw new Error(`${url} is not the admin port of Ringer`)
    return { isKnown: true, view, text: printCall(view) }
  }

  /** What came with the last list. */
  let hints: HintView[] = []
  return {
    async find(sessionId) {
      const { status, body } = await get(`/calls/${encodeURIComponent(sessionId)}`)
      return { ...lookedUp(body), isKnown: status === 200 }
    },
    async list({ uid, since, limit }) {
      const query = new URLSearchParams({ ...(uid && { uid }), ...(since && { since }), limit })
      const { body } = await get(`/calls?${query}`)
      const listed = (body ?? {}) as { calls?: unknown[]; hints?: HintView[] }
      hints = listed.hints ?? []
      return (listed.calls ?? []).map(lookedUp)
    },
    warn: async () => hints.map(printHint).join(''),
    explainNone: async () => hints.map(printHint).join(''),
    async close() {},
  }
}

/** The system's code says more than fetch's own message. */
const causeOf = (error: Error) => {
  const { code, message } = (error.cause ?? error) as { code?: string; message?: string }
  return error.name === 'TimeoutError'
    ? `no answer within ${LIMIT_MS / 1_000} s`
    : (code ?? message ?? error.name)
}
