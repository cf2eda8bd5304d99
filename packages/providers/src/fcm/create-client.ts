import { randomUUID } from 'node:crypto'
import { deleteApp, initializeApp } from 'firebase-admin/app'
import { getMessaging } from 'firebase-admin/messaging'
import { noReports, type SenderReports } from '../sending/sender-reports.ts'
import { createAccessTokens } from './access-token.ts'
import { FcmAgent } from './fcm-agent.ts'
import type { FcmSettings } from './fcm-settings.ts'
import type { FcmClient } from './send-once.ts'

/** Creates the connection of one Firebase account: firebase-admin, its agent and its access tokens. Asks for the first one now. */
export function createClient(
  settings: FcmSettings,
  clock: () => number,
  { reports = noReports, proxyUrl }: { reports?: SenderReports; proxyUrl?: string | undefined } = {},
): FcmClient & { close(): Promise<void> } {
  const agent = new FcmAgent(settings.url, { ca: settings.ca, proxyUrl })
  const accessTokens = createAccessTokens({ ...settings, proxyUrl }, clock, reports)
  const firebaseApp = initializeApp(
    { projectId: settings.projectId, credential: accessTokens, httpAgent: agent },
    `ringer-${randomUUID()}`,
  )
  return {
    ...{ agent, accessTokens, messaging: getMessaging(firebaseApp) },
    async close() {
      accessTokens.close()
      agent.destroy()
      await deleteApp(firebaseApp)
    },
  }
}
