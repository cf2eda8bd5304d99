/** Process: stands in for CometChat's REST API, which lists a group's members. */
import { startFakeCometChat } from '@ringer/fakes/cometchat'
import { readOptions, serveParent } from './parent.ts'

export interface CometChatOptions {
  group: string
  members: string[]
}

const { group, members } = readOptions<CometChatOptions>()
const fake = await startFakeCometChat({ groups: new Map([[group, members]]) })
serveParent({ url: fake.url, apiKey: fake.apiKey })
