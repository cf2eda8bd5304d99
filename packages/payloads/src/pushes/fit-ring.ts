import { cut, cutToFit, fits, MAX_PUSH_BYTES } from './cut-to-fit.ts'
import type { RingContent } from './ring-content.ts'

/**
 * Makes a call push fit, by default into 4,096 bytes. The avatars are dropped first, then the state URL; then the names are
 * cut, always at a code point. Ids are never cut. Only if that is not enough, the next builder is tried, which leaves out
 * more: an app that needs what it leaves out reports no call without it, but a call with a shortened name is
 * still a call.
 *
 * @param content what the push should say
 * @param builds each turns the content into the push's payload, whose JSON is measured; each leaves out
 *   something that the one before includes
 * @param maxBytes how large it may be
 * @throws RangeError if the ids alone are too large, which the size limits of a webhook's fields prevent
 */
export function fitRing<Payload>(
  content: RingContent,
  builds: readonly ((content: RingContent) => Payload)[],
  maxBytes = MAX_PUSH_BYTES,
): Payload {
  for (const build of builds) {
    const fitting = fit(content, build, maxBytes)
    if (fitting) return fitting
  }
  throw new RangeError(`the ids of this call do not fit into a push of ${maxBytes} bytes`)
}

function fit<Payload>(
  content: RingContent,
  build: (content: RingContent) => Payload,
  maxBytes: number,
): Payload | undefined {
  const whole = build(content)
  if (fits(whole, maxBytes)) return whole
  const { senderAvatar, receiverAvatar, ...withoutAvatars } = content
  const plain = build(withoutAvatars)
  if (fits(plain, maxBytes)) return plain
  const { stateUrl, ...onlyTexts } = withoutAvatars
  const bare = build(onlyTexts)
  if (fits(bare, maxBytes)) return bare
  return cutToFit(codePoints => build(withNamesCut(onlyTexts, codePoints)), 0, maxBytes)
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
