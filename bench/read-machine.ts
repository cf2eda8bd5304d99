import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import type { Machine } from './results.ts'

/** Reads what the bench runs on. Throws without a redis-server. */
export function readMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    redis: readRedisVersion(),
    on: new Date().toISOString().slice(0, 10),
  }
}

function readRedisVersion(): string {
  try {
    const version = /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version']).toString())?.[1]
    return version ?? 'unknown'
  } catch {
    throw new Error('redis-server is not on the PATH: install it (apt-get install redis-server)')
  }
}
