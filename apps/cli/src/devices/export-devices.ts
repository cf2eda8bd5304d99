import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { type Device, readAllDevices } from '@ringer/store'
import type { DevicesContext, DevicesOptions } from './devices-context.ts'
import { readBackupOptions } from './read-backup-options.ts'
import { sealLines } from './sealed/seal-lines.ts'

/**
 * Writes all phones, or those of one app, into an encrypted file that only its owner can read. A file that exists is left as it is. The
 * exit code is 1 if a record could not be read; the others are in the file then.
 */
export async function exportDevices(
  options: DevicesOptions,
  { app, keys, open }: DevicesContext,
): Promise<number> {
  const { file, passphrase } = readBackupOptions(options)
  const redis = await open()
  let [count, unreadable] = [0, 0]
  async function* lines() {
    const onUnreadable = () => {
      unreadable += 1
    }
    for await (const device of readAllDevices(redis, keys, onUnreadable)) {
      if (app !== undefined && device.appId !== app) continue
      count += 1
      yield JSON.stringify(device satisfies Device)
    }
  }
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  try {
    await pipeline(sealLines(lines(), passphrase), target)
  } catch (error) {
    // An incomplete backup is useless. If nothing was written, the file existed before, and is kept.
    if (target.bytesWritten > 0) await rm(file, { force: true })
    throw error
  } finally {
    redis.disconnect()
  }
  process.stdout.write(
    `${count} phones exported${unreadable > 0 ? `, ${unreadable} records cannot be read` : ''}\n`,
  )
  return unreadable > 0 ? 1 : 0
}
