import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Manifest {
  name: string
  devDependencies?: object
}
interface LockFile {
  packages: Record<string, { dev?: boolean; devDependencies?: object }>
}

/**
 * Copies `package-lock.json` and the `package.json` of the project and of its workspaces into another folder, without anything
 * that is for development only.
 *
 * `npm sbom --omit=dev` would be simpler, but npm 11 then leaves out what development and production share: `ms`, `debug` and a
 * dozen more.
 *
 * @returns the project's name
 */
export async function copyProductionManifests(project: string, folder: string): Promise<string> {
  const lock = (await readJson(join(project, 'package-lock.json'))) as LockFile
  const entries = Object.entries(lock.packages).flatMap(([path, { devDependencies, ...entry }]) =>
    entry.dev ? [] : [[path, entry] as const],
  )
  const production = { ...lock, packages: Object.fromEntries(entries) }
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(production))
  // The path of the project itself is ''.
  for (const [path] of entries.filter(([path]) => !path.includes('node_modules/'))) {
    const { devDependencies, ...manifest } = (await readJson(join(project, path, 'package.json'))) as Manifest
    await mkdir(join(folder, path), { recursive: true })
    await writeFile(join(folder, path, 'package.json'), JSON.stringify(manifest))
  }
  const { name } = (await readJson(join(project, 'package.json'))) as Manifest
  return name
}

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'))
