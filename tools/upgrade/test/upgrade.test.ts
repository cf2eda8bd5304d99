import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../test/fixtures/describe-with-redis-server.ts'
import { it as redisIt } from '../../../test/fixtures/redis.ts'
import { exportVersion } from '../export-version.ts'
import { lastTag } from '../last-tag.ts'
import { type Phase, phases } from '../phases.ts'
import { runTrial } from '../run-trial.ts'
import { startTrialStage } from '../start-trial-stage.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** Until there is a tag, the commit that is checked out stands for the last release. */
const ref = lastTag(root) ?? 'HEAD'
/** Another release may need other packages, which have to be installed. */
const LIMIT_MS = 240_000

/** The old version, exported once for all tests: Node has its code compiled when the second test starts it. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from it which other fixtures this one needs
const it = redisIt.extend('old', { scope: 'file' }, async ({}, { onCleanup }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-version-'))
  onCleanup(() => rmSync(folder, { recursive: true, force: true }))
  exportVersion(root, ref, folder)
  return folder
})

describeWithRedisServer(`an upgrade from ${ref}`, () => {
  it('rings each phone once, in every pair of versions, in either order', { timeout: LIMIT_MS }, async ({
    redis,
    old,
  }) => {
    const stage = await startTrialStage(redis, { old, new: root })
    onTestFinished(stage.close)
    const results = await runTrial(stage, phases)
    expect(results.flatMap(({ faults }) => faults)).toEqual([])
    expect(results.map(({ calls }) => calls)).toEqual([8, 16, 24, 32, 40])
  })

  it('fails the trial if the old version stores phones under other keys', { timeout: LIMIT_MS }, async ({
    redis,
    old,
  }) => {
    const path = join(old, 'packages/store/src/redis/keys.ts')
    const source = readFileSync(path, 'utf8')
    const changed = source.replaceAll(':device:', ':phone:')
    expect(changed).not.toBe(source)
    writeFileSync(path, changed)
    onTestFinished(() => writeFileSync(path, source))
    const stage = await startTrialStage(redis, { old, new: root })
    onTestFinished(stage.close)
    const pair: Phase = { title: 'a pair', ingresses: ['old'], workers: ['new'] }
    const [result] = await runTrial(stage, [pair], { ringLimitMs: 2_000 })
    expect(result?.faults).toContainEqual(expect.stringMatching(/the iPhone rang 0 times, not 1$/))
  })
})
