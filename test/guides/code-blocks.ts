/** A fenced code block of a guide. */
export interface CodeBlock {
  /** `ts`, `swift`, … */
  language: string
  /** The file name, from `title="…"` after the language. */
  title: string | undefined
  /** Where the code runs, from `lib="…"`: `dom` or `webworker`. Default: where the document's code usually does. */
  lib: string | undefined
  code: string
  /** The line of the guide on which the code begins, counted from 1. */
  line: number
}

/** Returns the fenced code blocks of a Markdown document, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w+)(.*)\n([\s\S]*?)^```$/gm)].map(match => {
    const [, language = '', info = '', code = ''] = match
    return {
      language,
      title: /\btitle="([^"]+)"/.exec(info)?.[1],
      lib: /\blib="([^"]+)"/.exec(info)?.[1],
      code,
      line: markdown.slice(0, match.index).split('\n').length + 1,
    }
  })
}
