/** A package that production installs. `license` is an SPDX expression; undefined if the package declares none. */
export interface InstalledPackage {
  name: string
  version: string
  license: string | undefined
}

interface LockEntry {
  version?: string
  license?: string
  dev?: boolean
  link?: boolean
}

/**
 * Reads the production packages, optional ones included, from the text of a `package-lock.json` of version 2 or 3. Our own
 * workspaces are left out.
 */
export function readPackages(lockFile: string): InstalledPackage[] {
  const { packages } = JSON.parse(lockFile) as { packages?: Record<string, LockEntry> }
  if (!packages) throw new Error('package-lock.json has no packages; npm 7 or newer writes them')
  return Object.entries(packages).flatMap(([path, { version = '', license, dev, link }]) => {
    const name = path.split('node_modules/').at(-1) ?? ''
    return path.includes('node_modules/') && !dev && !link ? [{ name, version, license }] : []
  })
}
