/** A fenced block of a guide. */
export interface CodeBlock {
  /** `ts`, `swift`, … */
  language: string
  /** The file's name, from `title="…"` after the language. */
  title: string | undefined
  code: string
  /** The line of the guide on which the code begins, from 1. */
  line: number
}

/** The fenced blocks of a guide in Markdown, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^```(\w+)(.*)\n([\s\S]*?)^```$/gm)].map(match => {
    const [, language = '', info = '', code = ''] = match
    return {
      language,
      title: /\btitle="([^"]+)"/.exec(info)?.[1],
      code,
      line: markdown.slice(0, match.index).split('\n').length + 1,
    }
  })
}
