import type { NoiseStep } from '../plan/plan.ts'
import { post } from './post.ts'
import type { Stage } from './start-stage.ts'

/** How long a connection rests after an answer. */
const PAUSE_MS = 50

/**
 * Registers phones without a right credential, on many connections at once. What they are answered does not matter: everybody
 * else's requests, from the same address, must be answered as always.
 */
export async function makeNoise({ ingress, connections, forMs }: NoiseStep, stage: Stage): Promise<void> {
  const until = Date.now() + forMs
  const makeRequests = async () => {
    while (Date.now() < until) {
      const url = `${stage.ingresses[ingress]?.url}/api/push/register`
      await post(url, '{}', { authorization: 'Bearer a-guess' })
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }
  await Promise.all(Array.from({ length: connections }, makeRequests))
}
