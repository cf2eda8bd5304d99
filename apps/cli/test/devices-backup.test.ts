import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDeviceRegistry } from '@ringer/store'
import { describe, expect } from 'vitest'
import { DEFAULT_SESSION_ID, deliver, initiated, register, tokens } from '../../../test/webhooks.ts'
import { type World, it as worldIt } from '../../../test/world.ts'
import { runRinger } from './run-ringer.ts'

const limit = { timeout: 60_000 }

// biome-ignore lint/correctness/noEmptyPattern: vitest reads from it which other fixtures this one needs
const it = worldIt.extend('folder', async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'ringer-backup-'))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'passphrase'), 'a-passphrase-of-the-operator\n')
  return folder
})

const backup = (world: World, folder: string, subcommand: string, passphrase = 'passphrase') =>
  runRinger(world, [
    ...['devices', subcommand, '--file', join(folder, 'phones.ringer')],
    ...['--passphrase-file', join(folder, passphrase)],
  ])

/** Loses everything that Ringer keeps, as a Redis that lost its disk. */
async function loseAll({ reader, prefix }: World) {
  const keys = await reader.keys(`${prefix}*`)
  await reader.unlink(...keys)
}

const hex = (number: number) => number.toString(16).padStart(64, '0')

describe('ringer devices export and import', () => {
  it('bring every phone back after Redis was lost, and it rings', limit, async ({ world, folder }) => {
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone, deviceId: 'phone' })
    await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
    const many = Array.from({ length: 600 }, (_, index) => index)
    await Promise.all(
      many.map(index =>
        world.devices.register(
          { appId: 'default', uid: `user-${index}`, platform: 'ios', kind: 'voip', token: hex(index) },
          Date.now() - index,
        ),
      ),
    )
    const before = await world.devices.list('default', 'bob')
    expect(await backup(world, folder, 'export')).toMatchObject({ code: 0, stdout: '602 phones exported\n' })

    await loseAll(world)
    expect(await world.devices.list('default', 'bob')).toEqual([])
    const imported = '602 phones imported, 0 left out: registered since, or expired\n'
    expect(await backup(world, folder, 'import')).toMatchObject({ code: 0, stdout: imported, stderr: '' })
    expect(await world.devices.list('default', 'bob')).toEqual(before)
    const { devices } = world
    const owners = await Promise.all(many.map(index => devices.list('default', `user-${index}`)))
    expect(owners.map(own => own.map(({ token }) => token))).toEqual(many.map(index => [hex(index)]))
    world.addWorker()
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.length === 1)
    await world.fcm.waitFor(received => received.length === 1)
    expect(await world.records.read('default', DEFAULT_SESSION_ID)).toBeDefined()

    const again = '0 phones imported, 602 left out: registered since, or expired\n'
    expect(await backup(world, folder, 'import')).toMatchObject({ code: 0, stdout: again })
  })

  it(
    'keep phones that were registered after the export, and leave out the tokens that those replaced',
    limit,
    async ({ world, folder }) => {
      const phone = { uid: 'bob', platform: 'ios', deviceId: 'phone' }
      await register(world.ingress, { ...phone, token: hex(1) })
      await register(world.ingress, { uid: 'carol', platform: 'ios', token: hex(2) })
      await backup(world, folder, 'export')
      await loseAll(world)
      await register(world.ingress, { ...phone, token: hex(3) })
      await register(world.ingress, { uid: 'dave', platform: 'ios', token: hex(2) })
      const { stdout } = await backup(world, folder, 'import')
      expect(stdout).toBe('0 phones imported, 2 left out: registered since, or expired\n')
      expect(await world.devices.list('default', 'bob')).toMatchObject([{ token: hex(3) }])
      expect(await world.devices.list('default', 'carol')).toEqual([])
      expect(await world.devices.list('default', 'dave')).toHaveLength(1)
    },
  )

  it('keep the remaining lifetime of a phone', limit, async ({ world, folder }) => {
    const day = 86_400_000
    const owner = { appId: 'default', uid: 'bob' } as const
    const usual = { ...owner, platform: 'ios', kind: 'voip', token: hex(1) } as const
    // Registered 100 days ago, as a registry with a longer time to live would still have it.
    const registry = createDeviceRegistry(world.reader, world.keys)
    const { deviceId } = await registry.register(usual, Date.now() - 100 * day)
    await backup(world, folder, 'export')
    await loseAll(world)
    await backup(world, folder, 'import')
    const left = await world.reader.pttl(world.keys.device(deviceId))
    expect(Math.round(left / day)).toBe(170)
  })

  it(
    'refuse a wrong passphrase, a changed file and one that is cut off',
    limit,
    async ({ world, folder }) => {
      const path = join(folder, 'phones.ringer')
      await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
      await backup(world, folder, 'export')
      const whole = await readFile(path)
      expect(whole.toString('latin1')).not.toMatch(/a1a1|bob/)
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      await loseAll(world)

      await writeFile(join(folder, 'other'), 'another-passphrase-of-somebody')
      expect(await backup(world, folder, 'import', 'other')).toMatchObject({
        code: 1,
        stderr: 'the passphrase is wrong, or the file was changed\n',
      })
      // Other places: sealed-lines.test.ts.
      const changed = Buffer.from(whole)
      changed.writeUInt8(changed.readUInt8(whole.length - 1) ^ 1, whole.length - 1)
      for (const damaged of [changed, whole.subarray(0, 60)]) {
        await writeFile(path, damaged)
        expect((await backup(world, folder, 'import')).code).toBe(1)
      }
      expect(await world.devices.list('default', 'bob')).toEqual([])
    },
  )

  it('overwrite no file, and refuse a passphrase that is too short', limit, async ({ world, folder }) => {
    await writeFile(join(folder, 'phones.ringer'), 'precious')
    const exists = await backup(world, folder, 'export')
    expect(exists).toMatchObject({ code: 1, stderr: expect.stringContaining('EEXIST') })
    expect(await readFile(join(folder, 'phones.ringer'), 'utf8')).toBe('precious')
    await writeFile(join(folder, 'short'), 'short')
    const short = await backup(world, folder, 'export', 'short')
    expect(short).toMatchObject({ code: 2, stderr: expect.stringContaining('at least 16 characters') })
  })
})
