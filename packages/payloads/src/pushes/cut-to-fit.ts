/** Apple's limit for an alert push and Google's for a data message; one for both, VoIP included, is the safe one. */
export const MAX_PUSH_BYTES = 4096

/** Whether a payload is small enough; its JSON is what counts. */
export const fits = (payload: unknown) => Buffer.byteLength(JSON.stringify(payload)) <= MAX_PUSH_BYTES

/**
 * Finds the payload whose texts are cut least and that fits.
 *
 * @param build makes the payload with every text cut to so many code points
 * @param shortest how many must be left of a text for it to be worth sending
 * @returns undefined where even that does not fit
 */
export function cutToFit<Payload>(
  build: (codePoints: number) => Payload,
  shortest: number,
): Payload | undefined {
  let longest = shortest
  // A text that is longer alone than a push is too long in any case.
  let tooLong = MAX_PUSH_BYTES
  let fitting: Payload | undefined
  while (longest <= tooLong) {
    const middle = Math.floor((longest + tooLong) / 2)
    const candidate = build(middle)
    if (fits(candidate)) {
      fitting = candidate
      longest = middle + 1
    } else {
      tooLong = middle - 1
    }
  }
  return fitting
}

/** The first code points of a text. One is two units at most: what comes after need not be looked at, however long it is. */
export function cut(text: string, codePoints: number): string {
  return Array.from(text.slice(0, 2 * codePoints))
    .slice(0, codePoints)
    .join('')
}
