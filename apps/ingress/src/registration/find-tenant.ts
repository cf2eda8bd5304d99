import type { MovePolicy } from '@ringer/store'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Authenticate, Needs } from './authenticate.ts'

/** A tenant as the registration routes see it. */
export interface RegistrationTenant {
  appId: string
  /** Whether `appId` is CometChat's app id. If not, it is a placeholder for the only tenant, which accepts any id. */
  isNamed: boolean
  authenticate: Authenticate
  /** What `authenticate` needs, given a request's Authorization header. */
  needsOf: (authorization: string | undefined) => Needs
  /** Whether a token that belongs to another user may be registered. Default: `allowed`. */
  move?: MovePolicy | undefined
  /** The key with which browsers subscribe, if they are rung. */
  vapidPublicKey?: string | undefined
}

export type FoundTenant = { ok: true; tenant: RegistrationTenant } | { ok: false; message: string }

/** Finds the tenant that a request is for, by the app id that it gives. With only one tenant it need not give one. */
export function findTenant(tenants: readonly RegistrationTenant[], appId: string | undefined): FoundTenant {
  const [only, ...others] = tenants
  if (others.length > 0 && appId === undefined) return { ok: false, message: required }
  const tenant = others.length > 0 ? tenants.find(known => known.appId === appId) : only
  if (!tenant || !isFor(tenant, appId)) return { ok: false, message: unknown }
  return { ok: true, tenant }
}

/** Whether a request that gives this app id, or no app id, may be meant for the tenant. */
export const isFor = (tenant: RegistrationTenant, appId: string | undefined) =>
  appId === undefined || !tenant.isNamed || tenant.appId === appId

/** A parameter that is given twice arrives as a list; as a string it matches no tenant. */
export function appIdInQuery({ query }: FastifyRequest): string | undefined {
  const given = z.object({ appId: z.unknown() }).safeParse(query).data?.appId
  return given === undefined ? undefined : String(given)
}

const required = 'appId: is required, in the query or the body, because this server serves several apps'
const unknown = 'appId: is not an app that this server is configured for'
