/** What is known before a release. */
export interface ReleaseFacts {
  /** The version that is asked for, such as `1.2.0`. */
  version: string
  /** The text of CHANGELOG.md. */
  changelog: string
  /** The versions in the package.json of the root and of each workspace, by path. */
  versions: ReadonlyMap<string, string>
  /** The tags that exist. */
  tags: readonly string[]
  /** The branch that is checked out, and whether anything is not committed. */
  branch: string
  isClean: boolean
}

/** What stands in the way of a release, and the notes of it. */
export interface ReleasePlan {
  faults: string[]
  notes: string
}

const SEMVER = /^(\d+)\.(\d+)\.(\d+)$/

/** Checks whether a version can be released from what is checked out. Changes nothing. */
export function planRelease({
  version,
  changelog,
  versions,
  tags,
  branch,
  isClean,
}: ReleaseFacts): ReleasePlan {
  const notes = notesOf(changelog, version)
  const newest = tags
    .map(tag => tag.replace(/^v/, ''))
    .filter(tag => SEMVER.test(tag))
    .toSorted(compare)
    .at(-1)
  const others = Array.from(versions).filter(([, found]) => found !== version)
  const faults = [
    !SEMVER.test(version) && `${version} is not a version such as 1.2.0`,
    tags.includes(`v${version}`) && `the tag v${version} exists`,
    newest !== undefined &&
      SEMVER.test(version) &&
      compare(version, newest) <= 0 &&
      `${version} is not newer than ${newest}`,
    branch !== 'main' && `the branch is ${branch}, not main`,
    !isClean && 'something is not committed',
    notes === '' && `CHANGELOG.md has no section "## [${version}] - <date>" with text`,
    ...others.map(([path, found]) => `${path} has the version ${found}`),
  ].filter(fault => fault !== false)
  return { faults, notes }
}

/** The text of a version's section. Empty if there is none. */
function notesOf(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1)
  const found = sections.find(section =>
    new RegExp(`^\\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm').test(section),
  )
  return found?.slice(found.indexOf('\n')).trim() ?? ''
}

function compare(one: string, other: string): number {
  const [a = [], b = []] = [one, other].map(version => version.split('.').map(Number))
  for (const [index, number] of a.entries()) if (number !== b[index]) return number - (b[index] ?? 0)
  return 0
}
