import { readFileSync } from 'node:fs'
import { UsageError } from '../usage-error.ts'
import type { DevicesOptions } from './devices-context.ts'

const LEAST_CHARACTERS = 16

/** Reads the options of a backup. White space around the passphrase is dropped, because editors end files with a line break. */
export function readBackupOptions({ file, 'passphrase-file': path }: DevicesOptions): {
  file: string
  passphrase: string
} {
  if (!file) throw new UsageError('--file is missing: the file of the backup')
  if (!path) throw new UsageError('--passphrase-file is missing: a file with the passphrase of the backup')
  const passphrase = read(path).trim()
  if (passphrase.length < LEAST_CHARACTERS) {
    throw new UsageError(
      `--passphrase-file: the passphrase must have at least ${LEAST_CHARACTERS} characters; make one with: openssl rand -base64 32`,
    )
  }
  return { file, passphrase }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new UsageError('--passphrase-file must name a file that can be read')
  }
}
