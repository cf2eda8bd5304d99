import type { Capability } from '@ringer/payloads'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from '../http/error-answers.ts'
import type { Answers } from './create-answers.ts'
import { limitRequests } from './limit-requests.ts'
import type { PhoneDeps } from './phone-deps.ts'

/** Lets requests with a valid state URL in, as long as it is not asked for too often. */
export interface Doorkeeper {
  /**
   * Answers a request that may not come in, and returns its reply, which tells Fastify that it is answered. The signature is
   * checked before anything else happens.
   */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined>
  /** The ring and the device of a request that was let in. */
  capabilityOf(request: FastifyRequest): Capability
}

export function createDoorkeeper(
  { stateUrls, gate }: Pick<PhoneDeps, 'stateUrls' | 'gate'>,
  answers: Answers,
): Doorkeeper {
  const capabilities = new WeakMap<FastifyRequest, Capability>()
  const countRequest = limitRequests()

  return {
    async admit(request, reply) {
      const read = stateUrls.read((request.params as { token: string }).token)
      if (!read.ok) {
        const reason = read.fault === 'malformed' ? 'malformed_credentials' : 'wrong_signature'
        const waitMs = gate.failed(request, { route: 'state', reason, status: 404 })
        return waitMs > 0 ? answers.tooMany(reply, waitMs, 'failures') : answers.send(reply, 404, notFound)
      }
      const { ringId, deviceId } = read.capability
      const over = countRequest(`${ringId} ${deviceId}`, gate.addressOf(request))
      if (over) return answers.tooMany(reply, over.waitMs, over.of)
      capabilities.set(request, read.capability)
      return undefined
    },
    capabilityOf(request) {
      const capability = capabilities.get(request)
      if (!capability) throw new Error('a request reached its route without a capability')
      return capability
    },
  }
}

const notFound = errorBody('not_found', 'this URL is not one that a push had')
