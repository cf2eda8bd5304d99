/** @import { Verdict } from './types.d.ts' */
import { el, withAttributes } from './dom.js'
import { toneOf } from './words.js'

/**
 * A verdict's code, with a dot in the colour of its tone.
 *
 * @param {Verdict} verdict
 */
export const badge = ({ code }) => withAttributes(el('span.badge', code), { 'data-tone': toneOf(code) })

/**
 * A verdict in full: code, sentence, fix and a link to the guide.
 *
 * @param {Verdict} verdict
 */
export function explain(verdict) {
  const { code, sentence, fix, docs } = verdict
  const link = withAttributes(el('a', `About ${code}`), { href: docs, target: '_blank', rel: 'noopener' })
  return withAttributes(
    el(
      'div.verdict',
      el('p.sentence', badge(verdict), ' ', sentence),
      fix === '' ? undefined : el('p.fix', el('strong', 'Fix: '), fix),
      el('p.more', link),
    ),
    { 'data-tone': toneOf(code) },
  )
}
