import type { NoiseStep } from '../../plan/plan.ts'
import { post } from '../post.ts'
import type { Recorder } from '../record-history.ts'
import type { CampaignStage } from '../start-campaign-stage.ts'

/** How long a connection rests after an answer. */
const PAUSE_MS = 50

/**
 * Registers phones without a right credential, on many connections at once. What they are answered does not matter: everybody
 * else's requests must be answered as always, from the same address or while CometChat is asked about made-up tokens.
 */
export async function makeNoise(
  { ingress, connections, addresses, forMs }: NoiseStep,
  stage: CampaignStage,
  recorder: Recorder,
): Promise<void> {
  const end = stage.registrationAuth === 'cometchat' ? recorder.trouble('strangers', 'make-noise') : undefined
  const until = Date.now() + forMs
  const makeRequests = async (connection: number) => {
    while (Date.now() < until) {
      const url = `${stage.ingresses[ingress]?.url}/api/push/register`
      recorder.recorded.noise.push(await post(url, '{}', stage.credentials.makeUp(connection % addresses)))
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, connection) => makeRequests(connection)))
  end?.()
}
