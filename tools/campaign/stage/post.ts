import { setTimeout as pause } from 'node:timers/promises'

/** A request and its answer. Without a `status`, no answer came. */
export interface Posted {
  sentAt: number
  answeredAt: number
  status?: number
  answer?: string
}

/** How long a phone waits for an answer. */
const LIMIT_MS = 2_000

/** Sends JSON. Never throws: a missing answer is a value too. */
export async function post(url: string, body: string, headers: Record<string, string>): Promise<Posted> {
  const sentAt = Date.now()
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    const answer = (await response.json()) as { status?: string; error?: { code: string } }
    const word = answer.status ?? answer.error?.code ?? 'unknown'
    return { sentAt, answeredAt: Date.now(), status: response.status, answer: word }
  } catch {
    return { sentAt, answeredAt: Date.now() }
  }
}

/** Calls `send` until it is answered 200, at most `tries` times, with pauses of `everyMs`. Reports every try. */
export async function postUntilAccepted(
  send: () => Promise<Posted>,
  { tries, everyMs, onTry }: { tries: number; everyMs: number; onTry: (posted: Posted) => void },
): Promise<void> {
  for (let left = tries; left > 0; left -= 1) {
    const posted = await send()
    onTry(posted)
    if (posted.status === 200 || left === 1) return
    await pause(everyMs)
  }
}
