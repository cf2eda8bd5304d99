import { readFileSync } from 'node:fs'
import { codes, verdictOf } from '@ringer/diagnosis'
import { why } from '@ringer/store'
import { describe, expect, it } from 'vitest'

const docs = readFileSync(new URL('../../../docs/diagnoses.md', import.meta.url), 'utf8')
const inOneLine = (text: string) => text.replaceAll(/\s+/g, ' ')

describe('the vocabulary of diagnoses', () => {
  it.each(codes)('says %s in the documentation in the same words', code => {
    const { sentence, fix } = verdictOf({ code })
    const section = docs.split(/^#+ /m).find(text => text.startsWith(`${code}\n`))
    const words = fix === '' ? sentence : `${sentence} **Fix:** ${fix}`
    expect(inOneLine(section ?? '')).toContain(inOneLine(words))
  })

  it('has a word for everything that a record can say', () => {
    expect(codes).toEqual(expect.arrayContaining(why.options))
  })

  it.each(codes)('describes %s in one sentence, and its fix in whole sentences', code => {
    const { sentence, fix, docs: link } = verdictOf({ code })
    expect(sentence).toMatch(/^[A-Z][^.]*\.$/)
    expect(fix).toMatch(/^$|^[A-Z].*\.$/)
    expect(link).toBe(`docs/diagnoses.md#${code}`)
  })

  it('adds the sentence of a cause, with the cause’s fix', () => {
    const cause = verdictOf({ code: 'notifications-off' })
    const verdict = verdictOf({ code: 'accepted-not-shown', because: 'notifications-off' })
    expect(verdict).toEqual({
      code: 'accepted-not-shown',
      because: 'notifications-off',
      sentence: `${verdictOf({ code: 'accepted-not-shown' }).sentence} What the app told about this phone: the${cause.sentence.slice(3)}`,
      fix: cause.fix,
      docs: 'docs/diagnoses.md#accepted-not-shown',
    })
    const late = verdictOf({ code: 'accepted-not-shown', because: 'battery-restricted' })
    expect(late.sentence).toContain(`: ${verdictOf({ code: 'battery-restricted' }).sentence}`)
  })
})
