import { within } from '@ringer/service'
import type { DeviceRegistry } from '@ringer/store'
import type { FastifyRequest } from 'fastify'
import { header } from '../http/parse-request.ts'
import type { Gate } from '../trust/create-gate.ts'
import type { Authenticated } from './authenticate.ts'
import { appIdInQuery, findTenant, type RegistrationTenant } from './find-tenant.ts'
import { noCredential, type RequestRefusal, wrongApp } from './refusal.ts'

export interface AdmissionDeps {
  /** At least one. */
  tenants: readonly RegistrationTenant[]
  devices: DeviceRegistry
  storeLimitMs: number
  gate: Gate
}

/** Authenticates callers: by the headers alone if that is possible, otherwise after the body was read. */
export interface Admission {
  /** Returns why the headers alone rule a request out, or undefined if its body is worth reading. */
  beforeBody(request: FastifyRequest): Promise<RequestRefusal | undefined>
  /** Authenticates the caller of a request, once for each tenant. */
  authenticate(
    request: FastifyRequest,
    tenant: RegistrationTenant,
    claimed: () => string | undefined,
  ): Promise<Authenticated>
}

/** Creates the part of the registration routes that decides who may pass. */
export function createAdmission({ tenants, devices, storeLimitMs, gate }: AdmissionDeps): Admission {
  const verdicts = new WeakMap<FastifyRequest, Map<RegistrationTenant, Promise<Authenticated>>>()

  async function hasPhones(appId: string, uid: string): Promise<boolean> {
    const listed = await within(storeLimitMs, devices.list(appId, uid))
    return listed.done && listed.value.length > 0
  }

  const authenticate: Admission['authenticate'] = (request, tenant, claimed) => {
    const known = verdicts.get(request) ?? new Map<RegistrationTenant, Promise<Authenticated>>()
    verdicts.set(request, known)
    const address = gate.addressOf(request)
    const verdict =
      known.get(tenant) ??
      tenant.authenticate(header(request, 'authorization'), claimed, {
        address,
        isSuspect: gate.isSuspect(address),
        hasPhones: uid => hasPhones(tenant.appId, uid),
      })
    known.set(tenant, verdict)
    return verdict
  }

  async function beforeBody(request: FastifyRequest): Promise<RequestRefusal | undefined> {
    const authorization = header(request, 'authorization')
    const appId = appIdInQuery(request)
    if (appId === undefined && tenants.length > 1) {
      // The body names the app. Nobody is asked about the credential before it is known for which app.
      if (tenants.some(tenant => tenant.needsOf(authorization) !== 'header')) return undefined
      const all = await Promise.all(tenants.map(tenant => authenticate(request, tenant, () => undefined)))
      return all.some(({ ok }) => ok) ? undefined : noCredential
    }
    const found = findTenant(tenants, appId)
    if (!found.ok) return wrongApp(found.message)
    if (found.tenant.needsOf(authorization) === 'body') return undefined
    const verdict = await authenticate(request, found.tenant, () => undefined)
    return verdict.ok ? undefined : verdict
  }

  return { beforeBody, authenticate }
}
