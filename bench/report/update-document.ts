/**
 * Replaces what stands between a section's two markers in a Markdown document.
 *
 * @throws if the document has no such markers
 */
export function updateDocument(document: string, section: string, content: string): string {
  const [start, end] = [`<!-- bench: ${section} -->`, `<!-- end of ${section} -->`]
  const [from, to] = [document.indexOf(start), document.indexOf(end)]
  if (from < 0 || to < from)
    throw new RangeError(
      `docs/benchmarks.md has no ${start} followed by ${end}: add both lines where the table goes`,
    )
  return `${document.slice(0, from + start.length)}\n\n${content.trim()}\n\n${document.slice(to)}`
}
