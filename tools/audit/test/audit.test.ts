import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { audit } from '../audit.ts'
import { advisory, startFakeRegistry } from './start-fake-registry.ts'

const TODAY = '2026-11-29'
const accepted = { reason: 'Ringer never calls the function that this is about.', expires: '2027-01-31' }

/** A project with one production package, `left`, and one for development, `right`. */
async function project({ license, exceptions = [] }: { license?: string; exceptions?: object[] }) {
  const folder = await mkdtemp(join(tmpdir(), 'ringer-audit-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const manifest = {
    name: 'a',
    version: '1.0.0',
    dependencies: { left: '1.0.0' },
    devDependencies: { right: '1.0.0' },
  }
  const packages = {
    '': manifest,
    'node_modules/left': { version: '1.0.0', ...(license && { license }) },
    'node_modules/right': { version: '1.0.0', license: 'GPL-3.0', dev: true },
  }
  const lock = { ...{ name: 'a', version: '1.0.0' }, lockfileVersion: 3, requires: true, packages }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock))
  await writeFile(join(folder, 'exceptions.json'), JSON.stringify(exceptions))
  return (registry: string) =>
    audit({ folder, exceptions: join(folder, 'exceptions.json'), registry, today: TODAY })
}

const noRegistry = 'http://127.0.0.1:1/'

describe('licences', () => {
  it('are checked although the registry does not answer, for production packages only', async () => {
    const run = await project({ license: 'GPL-3.0' })
    const { faults, notes, answered } = await run(noRegistry)
    expect(faults).toEqual([
      expect.stringMatching(/^left@1\.0\.0: its licence \(GPL-3\.0\) is not on the list/),
    ])
    expect(answered).toBe(false)
    expect(notes.join('\n')).toMatch(/the registry was not asked for advisories.*ECONNREFUSED/)
  })

  it('that a package does not declare are refused', async () => {
    const run = await project({})
    expect((await run(noRegistry)).faults).toEqual([expect.stringContaining('its licence (none)')])
  })

  it('can be accepted for one version until a day', async () => {
    const exception = { package: 'left', version: '1.0.0', license: 'GPL-3.0', ...accepted }
    const run = await project({ license: 'GPL-3.0', exceptions: [exception] })
    expect((await run(noRegistry)).faults).toEqual([])
    const other = await project({ license: 'GPL-3.0', exceptions: [{ ...exception, version: '1.0.1' }] })
    expect((await other(noRegistry)).faults).toHaveLength(1)
  })
})

describe('advisories', () => {
  it('are refused, with their id and address', async () => {
    const { url, asked } = await startFakeRegistry({ left: [advisory] })
    const run = await project({ license: 'MIT' })
    const { faults, answered } = await run(url)
    expect(faults).toEqual([
      'left: GHSA-aaaa-bbbb-cccc (high) Prototype pollution in left, https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
    ])
    expect(answered).toBe(true)
    expect(asked.left).toEqual(['1.0.0'])
  })

  it('pass if there are none', async () => {
    const { url } = await startFakeRegistry({})
    const run = await project({ license: 'MIT' })
    expect(await run(url)).toMatchObject({ faults: [], answered: true })
  })

  it('can be accepted until a day', async () => {
    const { url } = await startFakeRegistry({ left: [advisory] })
    const exception = { package: 'left', advisory: 'GHSA-aaaa-bbbb-cccc', ...accepted }
    const run = await project({ license: 'MIT', exceptions: [exception] })
    const { faults, notes } = await run(url)
    expect(faults).toEqual([])
    expect(notes).toContain(`accepted until 2027-01-31: left, ${accepted.reason}`)
  })

  it('are refused again when their exception has expired', async () => {
    const { url } = await startFakeRegistry({ left: [advisory] })
    const exception = { package: 'left', advisory: 'GHSA-aaaa-bbbb-cccc', ...accepted, expires: '2026-11-28' }
    const run = await project({ license: 'MIT', exceptions: [exception] })
    expect((await run(url)).faults).toEqual([
      expect.stringContaining('has expired on 2026-11-28'),
      expect.stringContaining('GHSA-aaaa-bbbb-cccc'),
    ])
  })

  it.each([405, 503])('are a note if the registry answers the question with %i', async status => {
    const { url } = await startFakeRegistry({}, status)
    const run = await project({ license: 'MIT' })
    const { faults, notes, answered } = await run(url)
    expect({ faults, answered }).toEqual({ faults: [], answered: false })
    expect(notes.join()).toContain(String(status))
  })
})

describe('an exception', () => {
  it.each([
    ['without a reason', { ...accepted, reason: 'ok' }, /reason: say in a sentence/],
    ['without a day', { ...accepted, expires: 'never' }, /expires: must be a day/],
    ['for years', { ...accepted, expires: '2036-01-01' }, /within a year/],
    ['for everything', { ...accepted, advisory: undefined }, /neither an advisory nor a version/],
  ])('%s is refused', async (_, fields, fault) => {
    const exceptions = [{ package: 'left', advisory: 'GHSA-aaaa-bbbb-cccc', ...fields }]
    const run = await project({ license: 'MIT', exceptions })
    expect((await run(noRegistry)).faults).toEqual([expect.stringMatching(fault)])
  })

  it('that is no longer needed is reported', async () => {
    const { url } = await startFakeRegistry({})
    const exceptions = [{ package: 'left', advisory: 'GHSA-aaaa-bbbb-cccc', ...accepted }]
    const run = await project({ license: 'MIT', exceptions })
    expect((await run(url)).notes).toContain('no longer needed, remove the exception for left')
  })
})
