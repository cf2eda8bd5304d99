import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { readPackages } from '../../audit/read-packages.ts'
import { writeSboms } from '../write-sboms.ts'

const project = fileURLToPath(new URL('../../..', import.meta.url))

it('the bills of materials list every package that production installs, with its version', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ringer-sbom-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const paths = await writeSboms(project, join(folder, 'new'))
  expect(paths.map(path => basename(path))).toEqual(['ringer.cdx.json', 'ringer.spdx.json'])
  const [cyclonedx, spdx] = await Promise.all(paths.map(path => readFile(path, 'utf8')))

  const bill = JSON.parse(cyclonedx ?? '')
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'ringer' } } })
  expect(JSON.parse(spdx ?? '')).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    name: expect.stringMatching(/^ringer@/),
  })

  const installed = readPackages(await readFile(join(project, 'package-lock.json'), 'utf8'))
  expect(installed.length).toBeGreaterThan(200)
  const references = installed.map(({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`)
  expect(references.filter(each => !cyclonedx?.includes(each))).toEqual([])
  expect(references.filter(each => !spdx?.includes(each))).toEqual([])
  expect(cyclonedx?.includes('pkg:npm/vitest@')).toBe(false)
})
