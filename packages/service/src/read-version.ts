import { readFileSync } from 'node:fs'

/** Reads the version of Ringer. All its packages have the same one. */
export const readVersion = (): string =>
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
