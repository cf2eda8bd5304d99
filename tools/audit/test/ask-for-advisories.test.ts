import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { askForAdvisories } from '../ask-for-advisories.ts'
import { readPackages } from '../read-packages.ts'
import { startFakeRegistry } from './start-fake-registry.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))

it('the registry is asked about every package that production installs, and about no other', async () => {
  const { url, asked } = await startFakeRegistry({})
  expect(await askForAdvisories(project, url)).toEqual({ answered: true, advisories: [] })
  const installed = readPackages(await readFile(join(project, 'package-lock.json'), 'utf8'))
  const versions = installed.filter(({ name, version }) => !asked[name]?.includes(version))
  expect(versions.map(({ name }) => name)).toEqual([])
  expect(asked).not.toHaveProperty('vitest')
})
