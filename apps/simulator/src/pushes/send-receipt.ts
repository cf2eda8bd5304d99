import { setTimeout as delay } from 'node:timers/promises'
import type { ReceiptEvent } from '@ringer/payloads'
import type { Handset } from '../phones/handset.ts'
import type { Exchange } from '../scene/exchange.ts'

const ATTEMPTS = 3
const RETRY_MS = 500
const ANSWER_LIMIT_MS = 2_000

/** What a phone reported, and Ringer's answer to it. */
export interface ReceiptExchange {
  event: ReceiptEvent
  exchange: Exchange
  /** How long the answer took, ms. */
  ms: number
}

/**
 * Reports to Ringer what the phone did with a push, as its app does. Tries three times if there is no answer, or one of 500 or more.
 * Never throws: a missing answer is a value too.
 *
 * @param at when it happened, epoch ms
 */
export async function sendReceipt(
  url: string,
  receipt: { event: ReceiptEvent; platform: Handset['platform']; at: number },
  signal: AbortSignal,
): Promise<ReceiptExchange> {
  const { event, platform, at } = receipt
  // FCM tells an Android app with which priority a message was sent, and with which it came.
  const priorities = platform === 'android' && { deliveredPriority: 'high', originalPriority: 'high' }
  const body = JSON.stringify({ event, at, ...priorities })
  const headers = { 'content-type': 'application/json' }
  const startedAt = performance.now()

  async function post(): Promise<Exchange['answer']> {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)])
      const response = await fetch(url, { method: 'POST', headers, body, signal: limit })
      return { status: response.status, body: await response.text() }
    } catch {
      return null
    }
  }

  let answer = await post()
  for (
    let attempt = 1;
    attempt < ATTEMPTS && !signal.aborted && (answer?.status ?? 500) >= 500;
    attempt += 1
  ) {
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined)
    answer = await post()
  }
  const ms = Math.round(performance.now() - startedAt)
  return { event, exchange: { request: { url, headers, body }, answer, replay: post }, ms }
}
