import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { copyProductionManifests } from './copy-production-manifests.ts'

const run = promisify(execFile)
const MAX_BYTES = 32 * 1024 * 1024

/** The formats that npm writes, with the usual ends of their files' names. */
const formats = { cyclonedx: 'cdx.json', spdx: 'spdx.json' } as const

/** The part of a bill of materials that is corrected. Only CycloneDX has it. */
interface Sbom {
  metadata?: { component: { name: string } }
}

/**
 * Writes the software bill of materials of what production installs, in both formats that npm offers: `NAME.cdx.json` and
 * `NAME.spdx.json`, where NAME is the project's. It is made from the lock file, so it contains the optional packages of all
 * platforms.
 *
 * @param project where `package-lock.json` is
 * @param folder where to write; created if it is not there
 * @returns the paths
 */
export async function writeSboms(project: string, folder: string): Promise<string[]> {
  const manifests = await mkdtemp(join(tmpdir(), 'ringer-sbom-'))
  try {
    const name = await copyProductionManifests(project, manifests)
    await mkdir(folder, { recursive: true })
    const written = Object.entries(formats).map(async ([format, extension]) => {
      const path = join(folder, `${name}.${extension}`)
      const sbom = await askNpm(format, manifests)
      // npm takes this name from the folder.
      if (sbom.metadata) sbom.metadata.component.name = name
      await writeFile(path, `${JSON.stringify(sbom, null, 2)}\n`)
      return path
    })
    return await Promise.all(written)
  } finally {
    await rm(manifests, { recursive: true })
  }
}

async function askNpm(format: string, cwd: string): Promise<Sbom> {
  const args = ['sbom', `--sbom-format=${format}`, '--sbom-type=application', '--package-lock-only']
  const { stdout } = await run('npm', args, { cwd, maxBuffer: MAX_BYTES })
  return JSON.parse(stdout)
}
