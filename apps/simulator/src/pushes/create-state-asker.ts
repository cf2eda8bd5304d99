import type { ReceiptEvent } from '@ringer/payloads'
import type { HandsetStates } from '../phones/create-handset-states.ts'
import type { PhoneId } from '../phones/handset-state.ts'
import { type Log, sourceOf } from '../scene/create-log.ts'
import type { DeliveredRing, StateAsker } from '../scene/state-asker.ts'
import { askOnce, type RingNews, streamStates } from './ring-news.ts'
import { sendReceipt } from './send-receipt.ts'

/** Creates what the apps on the phones do with state URLs: docs/deploy.md, “To the screen”. */
export function createStateAsker(deps: {
  phones: HandsetStates
  log: Log
  clock: () => number
  /** Called after each visible change. */
  changed: () => void
  /** Called when Ringer has taken a receipt. */
  onReceipt: (sessionId: string) => void
}): StateAsker {
  const { phones, log, clock, changed } = deps
  const closing = new AbortController()
  /** The sessions whose ends these phones are told of. */
  const informed = new Map<PhoneId, string>()

  async function report({ handset, sessionId, stateUrl }: DeliveredRing, event: ReceiptEvent, at = clock()) {
    const receipt = { event, platform: handset.platform, at }
    const { exchange, ms } = await sendReceipt(stateUrl, receipt, closing.signal)
    if (closing.signal.aborted) return
    const answer = exchange.answer?.status ?? 'no answer'
    log.add(sourceOf(handset), `reports “${event}” → ${answer}, ${ms} ms`, exchange)
    changed()
    if (exchange.answer?.status === 204) deps.onReceipt(sessionId)
  }

  /** Returns whether the phone has stopped ringing because of the news. */
  function obey({ handset: { id }, sessionId }: DeliveredRing, news: RingNews): boolean {
    if (news === 'unknown') informed.delete(id)
    else if (phones.shows(id, sessionId) === 'ringing') informed.set(id, sessionId)
    return news !== 'rings' && news !== 'unknown' && phones.stop(id, sessionId, news, 'state-url')
  }

  async function follow(ring: DeliveredRing, onShown: () => void) {
    const { handset, sessionId, stateUrl } = ring
    const isIphone = handset.platform === 'ios'
    if (isIphone) informed.set(handset.id, sessionId)
    const shownAt = clock()
    let isFirst = true
    for await (const news of (isIphone ? streamStates : askOnce)(stateUrl, closing.signal)) {
      const hasStopped = obey(ring, news)
      if (isFirst && hasStopped) {
        log.add(
          sourceOf(handset),
          `asks Ringer, and takes the call back after ${clock() - shownAt} ms: it is over`,
        )
        void report(ring, 'late')
      } else if (isFirst) {
        onShown()
        void report(ring, 'shown', shownAt)
      } else if (hasStopped) {
        log.add(sourceOf(handset), `stops, as its state URL says (${news})`)
      }
      isFirst = false
      changed()
      if (phones.shows(handset.id, sessionId) !== 'ringing') break
    }
    if (informed.get(handset.id) === sessionId) informed.delete(handset.id)
  }

  return {
    ring: (ring, onShown) => void follow(ring, onShown),
    report: (ring, event) => void report(ring, event),
    isInformed: (phone, sessionId) => informed.get(phone) === sessionId,
    close: () => closing.abort(),
  }
}
