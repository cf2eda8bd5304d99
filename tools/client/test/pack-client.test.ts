import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeBlocks } from '../../../test/guides/code-blocks.ts'
import { packClient } from '../pack-client.ts'

const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
const readme = new URL('../../../packages/client/README.md', import.meta.url)

let app: string
let archive: string
const inApp = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: app, encoding: 'utf8', stdio: 'pipe' })

beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'ringer-app-'))
  archive = await packClient(app)
  writeFileSync(join(app, 'package.json'), '{"name":"app","version":"1.0.0"}')
  inApp('npm', 'install', '--offline', '--no-audit', '--no-fund', archive)
}, 60_000)
afterAll(() => rmSync(app, { recursive: true }))

describe('the client, packed and installed in an app', () => {
  it('has what an app needs, and no dependency', () => {
    const files = inApp('tar', 'tzf', archive).trim().split('\n').sort()
    expect(files).toEqual(
      ['LICENSE', 'README.md', 'index.cjs', 'index.d.cts', 'index.d.ts', 'index.js', 'package.json'].map(
        name => `package/${name}`,
      ),
    )
    const { dependencies, private: isPrivate } = JSON.parse(
      inApp('tar', 'xzOf', archive, 'package/package.json'),
    )
    expect([dependencies, isPrivate]).toEqual([undefined, undefined])
    expect(statSync(archive).size).toBeLessThan(8_000)
  })

  const read = `console.log(parseIncomingCall({ type: 'call', sessionId: 'v1.eu.1' }).action)`

  it('can be loaded with import', () => {
    writeFileSync(join(app, 'app.mjs'), `import { parseIncomingCall } from '@ringer/client'\n${read}`)
    expect(inApp(process.execPath, 'app.mjs')).toBe('ring\n')
  })

  it('can be loaded with require', () => {
    writeFileSync(join(app, 'app.cjs'), `const { parseIncomingCall } = require('@ringer/client')\n${read}`)
    expect(inApp(process.execPath, 'app.cjs')).toBe('ring\n')
  })

  it.each([
    ['bundler', 'esnext', 'app.ts'],
    ['nodenext', 'nodenext', 'app.mts'],
    ['nodenext', 'nodenext', 'app.cts'],
  ])('has types for the code in its README: %s, %s, %s', async (moduleResolution, module, name) => {
    const [block] = codeBlocks(await readFile(readme, 'utf8')).filter(({ language }) => language === 'ts')
    writeFileSync(join(app, name), block?.code ?? '')
    const options = {
      moduleResolution,
      module,
      strict: true,
      noEmit: true,
      types: [],
      lib: ['es2019', 'dom'],
    }
    const config = { compilerOptions: { ...options, target: 'es2019' }, files: [name] }
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify(config))
    expect(inApp(process.execPath, tsc, '-p', '.')).toBe('')
    writeFileSync(join(app, name), `${block?.code}\nparseIncomingCall({})?.nothing\n`)
    expect(() => inApp(process.execPath, tsc, '-p', '.')).toThrow()
  })
})
