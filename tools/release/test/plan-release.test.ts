import { describe, expect, it } from 'vitest'
import { planRelease, type ReleaseFacts } from '../plan-release.ts'

const facts: ReleaseFacts = {
  version: '1.10.0',
  changelog:
    '# Changelog\n\n## [Unreleased]\n\n## [1.10.0] - 2026-12-01\n\n### Added\n\n- This.\n\n## [1.9.0] - 2026-11-01\n\n- That.\n',
  versions: new Map([['package.json', '1.10.0']]),
  tags: ['v1.9.0', 'v1.2.0', 'other'],
  branch: 'main',
  isClean: true,
}

describe('a release', () => {
  it('can be made if nothing stands in the way, with the notes of its version only', () => {
    expect(planRelease(facts)).toEqual({ faults: [], notes: '### Added\n\n- This.' })
  })

  it.each<[string, Partial<ReleaseFacts>, string]>([
    ['a tag exists', { tags: ['v1.10.0'] }, 'the tag v1.10.0 exists'],
    ['a newer version was released', { tags: ['v1.11.0'] }, '1.10.0 is not newer than 1.11.0'],
    ['it is no version', { version: 'v1' }, 'v1 is not a version such as 1.2.0'],
    ['the branch is another one', { branch: 'topic' }, 'the branch is topic, not main'],
    ['something is not committed', { isClean: false }, 'something is not committed'],
    [
      'the changelog has no section',
      { changelog: '# Changelog\n\n## [Unreleased]\n' },
      'CHANGELOG.md has no section',
    ],
    [
      'a manifest has another version',
      { versions: new Map([['apps/cli/package.json', '1.9.0']]) },
      'apps/cli/package.json has the version 1.9.0',
    ],
  ])('is refused if %s', (_, more, fault) => {
    expect(planRelease({ ...facts, ...more }).faults.join('\n')).toContain(fault)
  })
})
