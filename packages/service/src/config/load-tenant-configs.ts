import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import type { Built, Env, Groups } from './config-group.ts'
import { text } from './fields.ts'
import { knownNames, type ProviderSettings } from './known-names.ts'
import { readConfig, throwFaults } from './load-config.ts'
import { readFile } from './read-file.ts'

/** The id of the only tenant when COMETCHAT_APP_ID is not set. */
export const ONLY_TENANT = 'default'

/** RINGER_APPS: a file with the settings of several apps, or its text. */
export const appsFileGroup = {
  fields: {
    RINGER_APPS: text.meta({
      description:
        "a file with the settings of [several CometChat apps](deploy.md#several-apps); then each app's own settings go into that file",
    }),
  },
  build: () => undefined,
}

/** App ids are parts of Redis keys, between colons. An id with a colon could share a key with another app. */
const APP_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

const appSettings = z.record(
  z.string().trim().min(1),
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
)

const SHAPE =
  'must be JSON like {"<app id>": {"COMETCHAT_WEBHOOK_USERNAME": "…", "APNS_KEY_PATH": "…", …}, …}'

const BAD_ID =
  "has a key that is not an app id: app ids are letters and digits, as CometChat's dashboard shows them"

/**
 * Reads the configuration of a process. With one tenant, it is in the environment. With several tenants, it is in the file
 * that RINGER_APPS names: an object with each app's settings under its id, with the same names as in an environment.
 *
 * @param own the groups of the process itself, which are always in the environment
 * @param each the groups of every tenant
 * @param providers the providers' settings. Their names are known, even if this process does not read them
 * @returns the configuration of the process, and of each tenant by app id
 * @throws ConfigError listing every fault. A fault in the file names the app as well
 */
export function loadTenantConfigs<const Own extends Groups, const Each extends Groups>(
  environment: Env,
  own: Own,
  each: Each,
  providers: ProviderSettings,
): { own: Built<Own>; tenants: ReadonlyMap<string, Built<Each>> } {
  const known = knownNames(providers)
  if (!environment.RINGER_APPS?.trim() && !environment.RINGER_APPS_FILE?.trim()) {
    const both = readConfig(environment, { ...own, ...each }, known)
    throwFaults(both.faults)
    const built = both.built() as Built<Own> & Built<Each>
    return { own: built, tenants: new Map([[both.env.COMETCHAT_APP_ID ?? ONLY_TENANT, built]]) }
  }

  const ownConfig = readConfig(environment, { ...own, file: appsFileGroup }, known)
  const { faults } = ownConfig
  for (const name of Object.keys(environment)) {
    if (environment[name]?.trim() && known.tenant.has(name.replace(/_FILE$/, ''))) {
      faults.set(name, 'is a setting of one app and is set together with RINGER_APPS; move it into that file')
    }
  }
  const read = readAppSettings(environment)
  if (!read.ok) faults.set('RINGER_APPS', read.fault)
  const tenants = Object.entries(read.ok ? read.apps : {}).map(([appId, settings]) => {
    const tenant = readConfig({ COMETCHAT_APP_ID: appId, ...settings }, each, known, ownConfig.env)
    for (const [name, fault] of [...tenant.faults, ...nameFaults(appId, settings, known.tenant)]) {
      faults.set(`RINGER_APPS: ${appId}: ${name}`, fault)
    }
    return [appId, tenant] as const
  })
  throwFaults(faults)
  return {
    own: ownConfig.built(),
    tenants: new Map(tenants.map(([appId, tenant]) => [appId, tenant.built()])),
  }
}

type ReadApps = { ok: true; apps: Record<string, Env> } | { ok: false; fault: string }

function readAppSettings(environment: Env): ReadApps {
  const given = environment.RINGER_APPS?.trim()
  const file = given?.startsWith('{')
    ? { ok: true as const, text: given }
    : readFile(given || environment.RINGER_APPS_FILE?.trim() || '')
  if (!file.ok) return { ok: false, fault: file.fault }
  const json = parseJson(file.text)
  const parsed = appSettings.safeParse(json)
  if (!parsed.success) return { ok: false, fault: SHAPE }
  if (Object.keys(json ?? {}).some(appId => !APP_ID.test(appId.trim()))) return { ok: false, fault: BAD_ID }
  if (Object.keys(parsed.data).length === 0) return { ok: false, fault: `names no app; ${SHAPE}` }
  return { ok: true, apps: withStringValues(parsed.data) }
}

/** An environment holds strings only. In JSON, people write numbers and booleans as well. */
function withStringValues(apps: z.infer<typeof appSettings>): Record<string, Env> {
  const textOf = (value: string | number | boolean | null) => (value === null ? undefined : String(value))
  return Object.fromEntries(
    Object.entries(apps).map(([appId, settings]) => [
      appId,
      Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, textOf(value)])),
    ]),
  )
}

/** Returns a fault for each name among an app's settings that is not a setting of an app, and for another app's id. */
function nameFaults(
  appId: string,
  settings: Env,
  known: ReadonlySet<string>,
): [name: string, fault: string][] {
  const unknown = Object.keys(settings)
    .filter(name => !known.has(name.replace(/_FILE$/, '')))
    .map((name): [string, string] => [name, `is not an app's setting${nearestOf(name, known)}`])
  const otherId = settings.COMETCHAT_APP_ID && settings.COMETCHAT_APP_ID !== appId
  return otherId ? [...unknown, ['COMETCHAT_APP_ID', 'is not the id that the app is listed under']] : unknown
}

function nearestOf(name: string, known: ReadonlySet<string>): string {
  const nearest = closest(name, [...known])
  return distance(name, nearest) <= name.length / 2
    ? `; did you mean ${nearest}?`
    : '; docs/settings.md lists them all'
}

/** Parses JSON without throwing: the error of JSON.parse would quote the text, which contains secrets. */
function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
