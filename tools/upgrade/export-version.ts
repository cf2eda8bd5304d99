import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** How long an installation of other packages may take. */
const INSTALL_LIMIT_MS = 300_000

/**
 * Exports a version of Ringer into an empty folder, ready to run. If it needs the same packages as the clone, it borrows the clone's;
 * otherwise it installs its own.
 *
 * @param clone the root of the clone
 * @param ref a tag, a branch or a commit
 */
export function exportVersion(clone: string, ref: string, folder: string): void {
  const archive = execFileSync('git', ['archive', '--format=tar', ref], {
    cwd: clone,
    maxBuffer: 256 * 1_024 * 1_024,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  execFileSync('tar', ['-x'], { cwd: folder, input: archive })
  const lockOf = (root: string) => readFileSync(join(root, 'package-lock.json'), 'utf8')
  if (lockOf(clone) === lockOf(folder)) borrowPackages(clone, folder)
  else
    execFileSync('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: INSTALL_LIMIT_MS,
    })
}

/** Links each installed package, but Ringer's own workspaces to those of the folder. */
function borrowPackages(clone: string, folder: string): void {
  const link = (from: string, to: string) => {
    mkdirSync(join(to, '..'), { recursive: true })
    symlinkSync(from, to)
  }
  const installed = join(clone, 'node_modules')
  for (const name of readdirSync(installed)) {
    if (!name.startsWith('.') && name !== '@ringer')
      link(join(installed, name), join(folder, 'node_modules', name))
  }
  for (const area of ['apps', 'packages']) {
    for (const workspace of readdirSync(join(folder, area))) {
      const path = join(folder, area, workspace)
      const { name } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { name: string }
      link(path, join(folder, 'node_modules', name))
      const own = join(clone, area, workspace, 'node_modules')
      if (existsSync(own)) link(own, join(path, 'node_modules'))
    }
  }
}
