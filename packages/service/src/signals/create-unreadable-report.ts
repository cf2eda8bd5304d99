import type { Counter } from 'prom-client'
import type { Logger } from './create-logger.ts'

/**
 * Creates what a process does about a record in Redis that cannot be read: it logs an error and counts it by kind. The record
 * must contain ids and names of fields only, because everything in it is logged.
 */
export const createUnreadableReport =
  (log: Logger, counter: Counter<'kind'>) =>
  (record: { kind: string; fields?: string[] }): void => {
    counter.inc({ kind: record.kind })
    const what = record.fields?.includes('format')
      ? 'a newer version of Ringer stored a record in Redis; it is skipped'
      : 'a record in Redis cannot be read and is skipped'
    log.error({ ...record }, what)
  }
