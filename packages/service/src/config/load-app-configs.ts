import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { text } from './fields.ts'
import { appNames } from './known-names.ts'
import { type Built, type Env, type Groups, readConfig, refuse } from './load-config.ts'
import { readFile } from './read-file.ts'

/** The app of a configuration that names none. */
export const ONLY_APP = 'default'

/** RINGER_APPS: the file that holds several apps' settings, or its text. */
export const appsFileGroup = {
  fields: { RINGER_APPS: text },
  build: () => undefined,
}

/** It stands between colons in the names of what is kept in Redis: with one in it, two apps could share a key. */
const APP_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

const appSettings = z.record(
  z.string().trim().min(1),
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
)

const SHAPE =
  'must be JSON like {"<app id>": {"COMETCHAT_WEBHOOK_USERNAME": "…", "APNS_KEY_PATH": "…", …}, …}'

const BAD_ID =
  "names an app by what is no app's id: it must be letters and digits, as CometChat's dashboard shows it"

/**
 * Reads the configuration of a process that serves one app, from its environment, or several, from the file that
 * RINGER_APPS names: an object with each app's settings under its id, by the names that they have in an environment.
 *
 * @param own the groups of the process itself, which are always in its environment
 * @param each the groups that every app has
 * @returns what the apps' settings come to, by app id
 * @throws ConfigError listing every fault, those of the file with the app that they are in
 */
export function loadAppConfigs<const Own extends Groups, const Each extends Groups>(
  environment: Env,
  own: Own,
  each: Each,
): { own: Built<Own>; apps: ReadonlyMap<string, Built<Each>> } {
  if (!environment.RINGER_APPS?.trim() && !environment.RINGER_APPS_FILE?.trim()) {
    const both = readConfig(environment, { ...own, ...each })
    refuse(both.faults)
    const built = both.built() as Built<Own> & Built<Each>
    return { own: built, apps: new Map([[both.env.COMETCHAT_APP_ID ?? ONLY_APP, built]]) }
  }

  const process = readConfig(environment, { ...own, file: appsFileGroup })
  const { faults } = process
  for (const name of Object.keys(environment)) {
    if (environment[name]?.trim() && appNames.has(name.replace(/_FILE$/, ''))) {
      faults.set(name, "is an app's setting and given beside RINGER_APPS; move it into that file")
    }
  }
  const read = readApps(environment)
  if (!read.ok) faults.set('RINGER_APPS', read.fault)
  const apps = Object.entries(read.ok ? read.apps : {}).map(([appId, settings]) => {
    const app = readConfig({ COMETCHAT_APP_ID: appId, ...settings }, each)
    for (const [name, fault] of [...app.faults, ...strangers(appId, settings)]) {
      faults.set(`RINGER_APPS: ${appId}: ${name}`, fault)
    }
    return [appId, app] as const
  })
  refuse(faults)
  return {
    own: process.built(),
    apps: new Map(apps.map(([appId, app]) => [appId, app.built()])),
  }
}

type ReadApps = { ok: true; apps: Record<string, Env> } | { ok: false; fault: string }

function readApps(environment: Env): ReadApps {
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
  return { ok: true, apps: withTexts(parsed.data) }
}

/** An environment holds texts only; in JSON people write numbers and booleans as well. */
function withTexts(apps: z.infer<typeof appSettings>): Record<string, Env> {
  const textOf = (value: string | number | boolean | null) => (value === null ? undefined : String(value))
  return Object.fromEntries(
    Object.entries(apps).map(([appId, settings]) => [
      appId,
      Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, textOf(value)])),
    ]),
  )
}

/** In an app's own settings, everything must be a setting of an app. */
function strangers(appId: string, settings: Env): [name: string, fault: string][] {
  const unknown = Object.keys(settings)
    .filter(name => !appNames.has(name.replace(/_FILE$/, '')))
    .map((name): [string, string] => [name, `is not an app's setting${nearestOf(name)}`])
  const otherId = settings.COMETCHAT_APP_ID && settings.COMETCHAT_APP_ID !== appId
  return otherId ? [...unknown, ['COMETCHAT_APP_ID', 'is not the id that the app is listed under']] : unknown
}

function nearestOf(name: string): string {
  const nearest = closest(name, [...appNames])
  return distance(name, nearest) <= name.length / 2
    ? `; did you mean ${nearest}?`
    : '; the README lists them all'
}

/** JSON's own message quotes the text, which holds secrets. */
function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
