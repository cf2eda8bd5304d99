import { setTimeout as delay } from 'node:timers/promises'
import { askState } from '@ringer/client'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { z } from 'zod'
import type { QuietReason } from '../phones/handset-state.ts'

/** What a phone learns at its state URL: that it still has to ring, why it has to stop, or nothing. */
export type RingNews = 'rings' | 'unknown' | QuietReason

const ASK_LIMIT_MS = 2_000
const RETRY_MS = 500

const stops = ['cancelled', 'unanswered', 'rejected', 'ended', 'busy', 'ongoing'] as const

/**
 * docs/deploy.md, “To the screen”. An action that the phone does not know stops it, as in a push. A phone that has answered goes on
 * whatever this says, so it needs no `answeredHere`.
 */
const state = z.looseObject({ callAction: z.enum(['initiated', ...stops]).catch('cancelled') })

/** Asks once, as an Android app does with Ringer's own client: a push tells it of the end. */
export async function* askOnce(stateUrl: string): AsyncGenerator<RingNews> {
  const verdict = await askState({ stateUrl })
  if (verdict.action === 'ring') yield 'rings'
  else yield verdict.action === 'stop' ? (verdict.reason ?? 'ended') : 'unknown'
}

/**
 * Asks and stays informed, as an iPhone's app does, which no push can tell of an end. Asks again when the connection breaks. Ends
 * when Ringer closes the stream with the ring, or knows nothing of the ring.
 */
export async function* streamStates(url: string, signal: AbortSignal): AsyncGenerator<RingNews> {
  while (!signal.aborted) {
    const unanswered = new AbortController()
    const limit = setTimeout(() => unanswered.abort(), ASK_LIMIT_MS)
    try {
      const headers = { accept: 'text/event-stream' }
      const response = await fetch(url, { headers, signal: AbortSignal.any([signal, unanswered.signal]) })
      clearTimeout(limit)
      if (response.status === 404 || response.status === 410) return yield newsOf(response.status)
      if (response.ok && response.body) {
        const events = response.body
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(new EventSourceParserStream())
        for await (const { data } of events) yield newsIn(JSON.parse(data))
        return
      }
    } catch {
      if (signal.aborted) return
    } finally {
      clearTimeout(limit)
    }
    yield 'unknown'
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined)
  }
}

function newsIn(body: unknown): RingNews {
  const { callAction } = state.parse(body)
  return callAction === 'initiated' ? 'rings' : callAction
}

/** 410: the call has been over for a while. */
const newsOf = (status: number): RingNews => (status === 410 ? 'ended' : 'unknown')
