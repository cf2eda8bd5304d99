import { type StandInCredentials, startFakeCometChat } from '@ringer/fakes'
import { chessClub } from '../simulation/people.ts'
import { serveWithTls } from './serve-with-tls.ts'

/** What a worker is told to ask CometChat's stand-in for a group's members. */
export type CometChatApi = {
  /** `COMETCHAT_API_URL`. Its certificate is vouched for by the stand-ins' own authority (`NODE_EXTRA_CA_CERTS`). */
  url: string
  /** `COMETCHAT_API_KEY` */
  apiKey: string
  close: () => Promise<void>
}

/** Starts a stand-in for CometChat's REST API, over https as the real one, which knows the group that Alice can call. */
export async function startCometChatApi(options: {
  credentials: StandInCredentials
  host: string
  port: number
  appId: string
  /** One is made up unless told. */
  apiKey?: string | undefined
}): Promise<CometChatApi> {
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
