import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { codeBlocks } from './code-blocks.ts'

const folder = fileURLToPath(new URL('../../docs/guides/', import.meta.url))
const names = (await readdir(folder)).filter(name => name.endsWith('.md')).sort()
const guides = await Promise.all(
  names.map(async name => ({ name, text: await readFile(`${folder}${name}`, 'utf8') })),
)
const inApps = guides.filter(({ text }) => text.includes('CometChat.init'))

describe('a guide for a new user', () => {
  it('exists for each of the five platforms', () => {
    expect(inApps.map(({ name }) => name)).toEqual([
      'android.md',
      'flutter.md',
      'ios.md',
      'react-native.md',
      'web.md',
    ])
  })

  it.each(inApps)('says before its code what has to run, and who is logged in: $name', ({ text }) => {
    const [before = ''] = text.split('\n## ')
    const links = [
      'production.md',
      'real-devices.md#without-a-server-a-tunnel',
      'registration.md#cometchats-auth-key',
    ]
    expect(links.filter(link => !before.includes(link))).toEqual([])
    expect(before).toContain('REGISTRATION_AUTH=cometchat')
  })

  it.each(guides.filter(({ text }) => /```(?:dart|kotlin)/.test(text)))(
    'shows each file of Dart that is imported, and each class that the manifest names: $name',
    ({ text }) => {
      const blocks = codeBlocks(text)
      const code = blocks.map(block => block.code).join('\n')
      const shown = blocks.map(block => /^\/\/ (\S+\.dart)\n/.exec(block.code)?.[1])
      const imported = Array.from(code.matchAll(/^import '(\w+\.dart)';/gm), ([, file]) => file)
      expect(imported.filter(file => !shown.includes(file))).toEqual([])
      const named = Array.from(code.matchAll(/android:name="\.(\w+)"/g), ([, name = '']) => name)
      expect(named.filter(name => !new RegExp(`^class ${name}\\b`, 'm').test(code))).toEqual([])
    },
  )

  it.each(guides.filter(({ text }) => /['"]\/api\/push\/(?:register|subscribe)['"]/.test(text)))(
    'waits for CometChat before it asks who is logged in, so that no token is lost at the start: $name',
    ({ text }) => {
      const declared =
        /(?:func|fun|function|Future<void>) _?post\([\s\S]*?(?=getUserAuthToken|getLoggedinUser)/i
      expect(declared.exec(text)?.[0]).toMatch(/whenReady|await ready|await Calls\.initialise/)
    },
  )

  it.each(guides.filter(({ text }) => text.includes('CXProviderDelegate {')))(
    'fails a call whose server does not answer in time, and does not start it later: $name',
    ({ text }) => {
      expect(text).toMatch(/timedOutPerforming action: CXAction\) \{[\s\S]*?over\(\.failed\)/)
      expect(text).toMatch(
        /acceptCall\([\s\S]*?guard self\.current\?\.uuid == call\.uuid[\s\S]*?action\.fulfill\(\)/,
      )
    },
  )
})
