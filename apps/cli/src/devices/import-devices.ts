import { createReadStream } from 'node:fs'
import { deviceSchema, restoreDevice } from '@ringer/store'
import type { DevicesContext, DevicesOptions } from './devices-context.ts'
import { readBackupOptions } from './read-backup-options.ts'
import { openLines } from './sealed/open-lines.ts'

/**
 * Stores the phones of a backup, or those of one app. What was registered since is newer and stays. It can be repeated, also after it
 * broke off.
 */
export async function importDevices(
  options: DevicesOptions,
  { app, keys, open }: DevicesContext,
): Promise<number> {
  const { file, passphrase } = readBackupOptions(options)
  const redis = await open()
  let [stored, kept] = [0, 0]
  try {
    for await (const line of openLines(createReadStream(file), passphrase)) {
      const device = deviceSchema.parse(JSON.parse(line))
      if (app !== undefined && device.appId !== app) continue
      if (await restoreDevice(redis, keys, device, Date.now())) stored += 1
      else kept += 1
    }
  } finally {
    redis.disconnect()
  }
  process.stdout.write(`${stored} phones imported, ${kept} left out: registered since, or expired\n`)
  return 0
}
