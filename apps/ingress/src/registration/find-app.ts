import type { Authenticate } from './authenticate.ts'

/** An app that phones can be registered for, and how that is proved. */
export interface RegistrationApp {
  appId: string
  /** Whether the id is CometChat's; otherwise it only stands for the one app there is, and any id is meant for it. */
  isNamed: boolean
  authenticate: Authenticate
}

export type Found = { ok: true; app: RegistrationApp } | { ok: false; message: string }

/** Which app a request is for, by the id that it gives; where there is one only, it need not give any. */
export function findApp(apps: readonly RegistrationApp[], appId: string | undefined): Found {
  const [only, ...others] = apps
  if (others.length > 0 && appId === undefined) return { ok: false, message: required }
  const app = others.length > 0 ? apps.find(known => known.appId === appId) : only
  if (!app || !isFor(app, appId)) return { ok: false, message: unknown }
  return { ok: true, app }
}

/** Whether a request that gives this id, or none, may be meant for the app. */
export const isFor = (app: RegistrationApp, appId: string | undefined) =>
  appId === undefined || !app.isNamed || app.appId === appId

const required = 'appId: is required, in the query or the body, because this server is there for several apps'
const unknown = 'appId: is not an app that this server is configured for'
