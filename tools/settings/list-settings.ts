import { providerSettings, providers, webpushAppSettings } from '@ringer/providers'
import { ingressGroups, workerGroups } from '@ringer/service'
import { z } from 'zod'
import type { SettingsSection } from './settings-sections.ts'

/** Settings that share a description: one row of a table, one comment. */
export interface Row {
  names: string[]
  /** Markdown. Its links lead from the folder docs. */
  description: string
  /** As a reader should see it. Undefined if there is none. */
  default: string | undefined
  /** A value to begin with. */
  example: string | undefined
  readBy: 'both' | 'ingress' | 'worker'
}

type FieldGroups = Record<string, { fields: object }>
const namesIn = (...groups: FieldGroups[]) =>
  new Set(groups.flatMap(group => Object.values(group).flatMap(({ fields }) => Object.keys(fields))))

const worker = workerGroups([], providerSettings(providers))
const readByIngress = namesIn(ingressGroups.own, ingressGroups.each, { webpush: webpushAppSettings })
const readByWorker = namesIn(worker.own, worker.each)

function readBy(name: string): Row['readBy'] {
  if (readByIngress.has(name) === readByWorker.has(name)) return 'both'
  return readByIngress.has(name) ? 'ingress' : 'worker'
}

const describe = (schema: z.core.$ZodType) =>
  (z.globalRegistry.get(schema) ?? {}) as { description?: string; default?: string; example?: string }

/**
 * Lists the settings of a section. Neighbours that share a description share a row.
 *
 * @throws if a setting has no description
 */
export function listSettings({ fields }: SettingsSection): Row[] {
  const rows: Row[] = []
  for (const [name, schema] of Object.entries(fields)) {
    const { description, default: shown, example } = describe(schema)
    if (!description) throw new Error(`${name} has no description: add .meta({ description }) to its schema`)
    const last = rows.at(-1)
    const by = readBy(name)
    if (last?.description === description && last.default === shown && last.readBy === by)
      last.names.push(name)
    else rows.push({ names: [name], description, default: shown, example, readBy: by })
  }
  return rows
}
