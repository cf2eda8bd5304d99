import { cut, cutToFit, fits, MAX_PUSH_BYTES } from './cut-to-fit.ts'
import type { RingContent } from './ring-content.ts'

/**
 * Makes a push fit: the avatars go first, then the names are cut, at a code point; ids never are. What a barer payload
 * leaves out goes last of all: an app that needs it reports no call without it, and a name that is cut is still a call.
 *
 * @param content what the push should say
 * @param builds turn content into the push's payload, each leaving out something that the one before had; a payload's JSON
 *   is what is measured
 * @throws RangeError when the ids alone are too large, which the limits of the webhook's fields rule out
 */
export function fitRing<Payload>(
  content: RingContent,
  ...builds: ((content: RingContent) => Payload)[]
): Payload {
  for (const build of builds) {
    const fitting = fit(content, build)
    if (fitting) return fitting
  }
  throw new RangeError(`the ids of this call do not fit into a push of ${MAX_PUSH_BYTES} bytes`)
}

function fit<Payload>(content: RingContent, build: (content: RingContent) => Payload): Payload | undefined {
  const whole = build(content)
  if (fits(whole)) return whole
  const { senderAvatar, receiverAvatar, ...withoutAvatars } = content
  const plain = build(withoutAvatars)
  if (fits(plain)) return plain
  return cutToFit(codePoints => build(withNamesCut(withoutAvatars, codePoints)), 0)
}

function withNamesCut(content: RingContent, codePoints: number): RingContent {
  const callerName = cut(content.callerName, codePoints)
  return {
    ...content,
    senderName: callerName,
    callerName,
    name: callerName,
    receiverName: cut(content.receiverName, codePoints),
    title: cut(content.title, codePoints),
    body: cut(content.body, codePoints),
  }
}
