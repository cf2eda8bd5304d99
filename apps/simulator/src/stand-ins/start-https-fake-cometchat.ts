import type { StandInCredentials } from '@ringer/fakes'
import { startFakeCometChat } from '@ringer/fakes/cometchat'
import { chessClub } from '../scene/people.ts'
import { serveWithTls } from './serve-with-tls.ts'

/** The settings with which a worker asks this stand-in for a group's members. */
export interface HttpsFakeCometChat {
  /** `COMETCHAT_API_URL`. The stand-ins' own CA signs its certificate: `NODE_EXTRA_CA_CERTS` must name that CA. */
  url: string
  /** `COMETCHAT_API_KEY` */
  apiKey: string
  close: () => Promise<void>
}

/** Starts a stand-in for CometChat's REST API. It speaks HTTPS, as the real one does, and has the group that Alice calls. */
export async function startHttpsFakeCometChat(options: {
  credentials: StandInCredentials
  host: string
  port: number
  appId: string
  /** Default: a generated key. */
  apiKey?: string | undefined
}): Promise<HttpsFakeCometChat> {
  const { appId, apiKey, host, credentials } = options
  const uids = chessClub.members.map(({ uid }) => uid)
  const api = await startFakeCometChat({
    appId,
    ...(apiKey !== undefined && { apiKey }),
    groups: new Map([[chessClub.uid, uids]]),
  })
  try {
    const { cert, key } = credentials
    const upstreamPort = Number(new URL(api.url).port)
    const front = await serveWithTls({ cert, key, host, port: options.port, upstreamPort })
    const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    return {
      url: `https://${name}:${front.port}${new URL(api.url).pathname}`,
      apiKey: api.apiKey,
      close: async () => {
        await front.close()
        await api.close()
      },
    }
  } catch (error) {
    await api.close()
    throw error
  }
}
