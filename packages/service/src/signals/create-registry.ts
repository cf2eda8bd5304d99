import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { readVersion } from '../read-version.ts'

/**
 * prom-client's metrics whose names end in `_total` although they are gauges, which `promtool check metrics` refuses. The same
 * numbers are in `nodejs_active_handles`, `nodejs_active_requests` and `nodejs_active_resources`, by type.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

/**
 * Creates the registry of a process's metrics, with those that every Node process has, and the version that runs.
 *
 * @param name the process, such as `worker`
 */
export function createRegistry(name: string): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const misnamed of MISNAMED) registry.removeSingleMetric(misnamed)
  new Gauge({
    name: 'ringer_build_info',
    help: 'Always 1. Its labels say which process, which version of Ringer and which version of Node run',
    labelNames: ['process', 'version', 'node_version'],
    registers: [registry],
  }).set({ process: name, version: readVersion(), node_version: process.version }, 1)
  return registry
}
