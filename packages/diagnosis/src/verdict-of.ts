import type { Explanation } from '@ringer/service'
import type { BudgetName, RefusedCall } from '@ringer/store'
import { type Diagnosis, type DiagnosisCode, table } from './diagnoses.ts'

const DOCS = 'docs/diagnoses.md'

/** A diagnosis, and what else is known of it. */
export interface Diagnosed {
  code: DiagnosisCode
  /** For `accepted` and `accepted-not-shown`: what the phone had told about itself. */
  because?: DiagnosisCode | undefined
  /** For `accepted`: how long ago that was, in whole seconds, while the phone may still report what it shows. */
  acceptedMs?: number | undefined
  /** For `accepted`: set if the phone reported that it showed the call before this push came. */
  isRepeated?: true | undefined
  /** For `no-worker-for-provider`: the queue that no worker serves. */
  queue?: string | undefined
  /** For `webhook-late`: how long after the beginning of the call the webhook arrived, ms. */
  lateMs?: number | undefined
  /** For `over-budget`: which budget, and what was counted. */
  refusal?: RefusedCall | undefined
  /** What is known exactly, in the words of `ringer doctor`. */
  exact?: Explanation | undefined
}

/** A diagnosis as it is answered and printed. */
export interface Verdict extends Diagnosis, Omit<Diagnosed, 'exact'> {
  /** The section of the documentation, e.g. `docs/diagnoses.md#no-device`. */
  docs: string
}

/** Spells a diagnosis out. A cause is quoted in its own words, and its fix is the one to try. */
export function verdictOf({ exact, ...diagnosed }: Diagnosed): Verdict {
  const { code, because, queue, lateMs, refusal } = diagnosed
  const words = { ...table[code], ...(code === 'accepted' && { sentence: acceptance(diagnosed) }) }
  const verdict = (more: string, fix = words.fix): Verdict => ({
    ...diagnosed,
    ...{ sentence: more === '' ? words.sentence : `${words.sentence} ${more}`, fix },
    docs: `${DOCS}#${code}`,
  })
  if (exact) return verdict(asSentence(exact.sentence), asSentence(exact.fix))
  if (queue !== undefined) return verdict(`The queue is ${queue}.`)
  if (lateMs !== undefined) return verdict(`It came ${Math.round(lateMs / 1_000)} s after that.`)
  if (refusal) return verdict(counted(refusal), raise(refusal))
  if (!because) return verdict('')
  const cause = table[because]
  return verdict(`${TOLD} ${uncapitalised(cause.sentence)}`, cause.fix)
}

/** What is known of a push that was accepted, until the phone reports what it shows. */
function acceptance({ because, acceptedMs, isRepeated }: Diagnosed): string {
  if (isRepeated)
    return 'The provider accepted the push. The phone reported that it showed this call already.'
  if (acceptedMs !== undefined) {
    const ago = acceptedMs < 1_000 ? 'less than 1 s' : `${acceptedMs / 1_000} s`
    return `The provider accepted the push ${ago} ago. The phone reports what it shows, and has not reported yet.`
  }
  return because ? 'The provider accepted the push.' : table.accepted.sentence
}

const whose: Record<BudgetName, string> = {
  pair: 'from one caller to one recipient',
  caller: 'from one caller',
  recipient: 'to one recipient',
  group: 'to one group',
}

function counted({ budget, limit, counted, caller }: RefusedCall): string {
  const count = `The budget “${budget}” (${whose[budget]}) allows ${limit} calls a minute, and ${counted} were counted.`
  return caller === undefined ? count : `${count} The caller is ${caller}.`
}

const raise = ({ budget }: RefusedCall) =>
  `If this was honest use, raise “${budget}” in RINGER_BUDGETS for the ingress and the worker.`

const TOLD = 'What the app told about this phone:'

const uncapitalised = (sentence: string) =>
  sentence.startsWith('Android') ? sentence : sentence[0]?.toLowerCase() + sentence.slice(1)

/** Host names and codes keep their case. */
const asSentence = (words: string) =>
  `${/^[\w-]+[.:]/.test(words) ? words : words[0]?.toUpperCase() + words.slice(1)}.`
