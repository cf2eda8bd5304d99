import { readFileSync } from 'node:fs'
import type { Env } from './config-group.ts'

export type FileText = { ok: true; text: string } | { ok: false; fault: string }
export type FileBytes = { ok: true; bytes: Buffer } | { ok: false; fault: string }

/**
 * Reads the file that a variable names. The fault does not repeat the path, because people sometimes set the variable to
 * the secret itself instead of the name of its file.
 */
export function readBytes(path: string): FileBytes {
  try {
    return { ok: true, bytes: readFileSync(path) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    return { ok: false, fault: `must be the path of a file that can be read (${code})` }
  }
}

/** Reads a text file, as readBytes does. */
export function readFile(path: string): FileText {
  const file = readBytes(path)
  return file.ok ? { ok: true, text: file.bytes.toString('utf8') } : file
}

/** Returns a fault if the variable names a file that cannot be read. */
export function unreadable(env: Env, name: string): Record<string, string> {
  const path = env[name]
  if (!path) return {}
  const file = readFile(path)
  return file.ok ? {} : { [name]: file.fault }
}
