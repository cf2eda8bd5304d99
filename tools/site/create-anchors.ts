/** Returns what names the headings of one document: their anchors, as GitHub makes them. A text that comes again gets a number. */
export function createAnchors(): (text: string) => string {
  const counts = new Map<string, number>()
  return text => {
    const anchor = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const count = counts.get(anchor) ?? 0
    counts.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  }
}
