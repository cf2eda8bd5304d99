/**
 * Apple's limit for an alert push and Google's for a data message. Apple allows more for a VoIP push, but
 * this is safe for all.
 */
export const MAX_PUSH_BYTES = 4096

/** Whether a payload's JSON is small enough for a push of this many bytes. */
export const fits = (payload: unknown, maxBytes: number) =>
  Buffer.byteLength(JSON.stringify(payload)) <= maxBytes

/**
 * Finds the longest length of texts with which a payload fits, by bisection.
 *
 * @param build makes the payload with every text cut to the given number of code points
 * @param shortest the smallest number of code points to try
 * @param maxBytes how large the payload's JSON may be
 * @returns the payload, or undefined if not even the shortest texts fit
 */
export function cutToFit<Payload>(
  build: (codePoints: number) => Payload,
  shortest: number,
  maxBytes: number,
): Payload | undefined {
  let longest = shortest
  // A text with more code points than a push has bytes can never fit.
  let tooLong = maxBytes
  let fitting: Payload | undefined
  while (longest <= tooLong) {
    const middle = Math.floor((longest + tooLong) / 2)
    const candidate = build(middle)
    if (fits(candidate, maxBytes)) {
      fitting = candidate
      longest = middle + 1
    } else {
      tooLong = middle - 1
    }
  }
  return fitting
}

/**
 * Cuts a text after a number of code points. A code point is at most two UTF-16 units, so the rest of a long
 * text is not read.
 */
export function cut(text: string, codePoints: number): string {
  return Array.from(text.slice(0, 2 * codePoints))
    .slice(0, codePoints)
    .join('')
}
