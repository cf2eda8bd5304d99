import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { providerSettings, providers } from '@ringer/providers'
import { settingNames } from '@ringer/service'
import { expect, it } from 'vitest'

const read = (path: string) => readFile(fileURLToPath(new URL(`../../docs/${path}`, import.meta.url)), 'utf8')
const pages = await Promise.all(
  ['secrets.md', 'limits.md'].map(async name => ({ name, text: await read(name) })),
)
const known = settingNames(providerSettings(providers))

/** Settings whose value is secret, or the file of a secret, by their names. */
const secrets = known.filter(
  name => /(?:_KEY|_PASSWORD|_PASSPHRASE|_SECRET|_TOKEN)$/.test(name) && !/(?:PUBLIC|LOC)_KEY$/.test(name),
)

it('docs/secrets.md says of every secret how to change it', async () => {
  const [, changing = ''] = (await read('secrets.md')).split('\n## Change one\n')
  const rows = changing.split('\n').filter(line => line.startsWith('|'))
  expect(secrets.length).toBeGreaterThan(10)
  expect(secrets.filter(name => !rows.some(row => row.includes(`\`${name}\``)))).toEqual([])
})

it.each(pages)('names only settings that exist: docs/$name', ({ text }) => {
  const names = Array.from(
    text.matchAll(/\b(?:RINGER|COMETCHAT|APNS|FIREBASE|REGISTRATION|VAPID|REDIS|ADMIN)_[A-Z_]*[A-Z]/g),
    ([name]) => name.replace(/_FILE$/, ''),
  )
  expect(names.length).toBeGreaterThan(1)
  expect(names.filter(name => !known.includes(name))).toEqual([])
})
