import { spawnSync } from 'node:child_process'

/** The newest tag of a release that the checked out commit descends from. Undefined if there is none. */
export function lastTag(root: string): string | undefined {
  const { status, stdout } = spawnSync('git', ['describe', '--tags', '--abbrev=0', '--match', 'v*'], {
    cwd: root,
  })
  return status === 0 ? stdout.toString().trim() : undefined
}
