import { setTimeout as pause } from 'node:timers/promises'

/** What became of a request: its answer, or nothing. */
export interface Posted {
  sentAt: number
  answeredAt: number
  status?: number
  answer?: string
}

/** CometChat waits so long for an answer. */
const LIMIT_MS = 2_000

/** Sends JSON, and notes when and with what it was answered. Never throws: no answer is one of the cases. */
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

/** Posts until it is answered 200, so often at most, with a pause in between; every try is told. */
export async function postUntilTaken(
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
