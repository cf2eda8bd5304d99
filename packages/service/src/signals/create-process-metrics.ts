import { Counter, type Registry } from 'prom-client'
import { createRegistry } from './create-registry.ts'

/** What every process of Ringer measures, and the registry that its own metrics go into. */
export interface ProcessMetrics {
  /** The name of the process, such as `worker`. */
  process: string
  registry: Registry
  unreadable: Counter<'kind'>
}

/** Creates the metrics that every process has. All series are there from the start, with 0. */
export function createProcessMetrics(process: string): ProcessMetrics {
  const registry = createRegistry(process)
  const unreadable = new Counter({
    name: 'ringer_unreadable_records_total',
    help: 'Records in Redis that were skipped because they cannot be read, by kind: device, ring or call',
    labelNames: ['kind'],
    registers: [registry],
  })
  for (const kind of ['device', 'ring', 'call']) unreadable.inc({ kind }, 0)
  return { process, registry, unreadable }
}
