import type { IncomingMessage } from 'node:http'
import type { Answer } from '../wire/judge-push.ts'
import { pageOf } from './page-of.ts'
import { refusal } from './refusal.ts'

/** What a stand-in for CometChat knows. */
export interface CometChatData {
  appId: string
  apiKey: string
  /** Members' uids by guid. */
  groups: Map<string, string[]>
  /** Users' uids by auth token. */
  authTokens: Map<string, string>
}

/** What CometChat has against a request, what it says if there is no such thing, or the body of its answer. */
export type Read = { invalid: Answer } | { unknown: Answer } | { data: unknown; meta?: object }

/** No such address is CometChat's, so it is not CometChat's error either. */
const NOWHERE: Read = {
  invalid: { status: 404, reason: null, body: '<html><body><h1>404 Not Found</h1></body></html>' },
}

/** Answers as CometChat would: first whether there is such a thing to ask for, then who asks, then what. */
export function readRequest({ method, url = '/', headers }: IncomingMessage, known: CometChatData): Read {
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2)
  const [, appId, version, collection, id, part, item, ...rest] = path.split('/').map(decode)
  if (method !== 'GET' || appId !== known.appId || version !== 'v3' || rest.length > 0) return NOWHERE
  const members = collection === 'groups' && id && part === 'members' && item === undefined
  const token = collection === 'users' && id && part === 'auth_tokens' && item
  if (!members && !token) return NOWHERE
  const { apikey } = headers
  if (!apikey) return { invalid: refusal('AUTH_ERR_EMPTY_APIKEY', 'The key is missing from the headers.') }
  if (apikey !== known.apiKey)
    return { invalid: refusal('AUTH_ERR_APIKEY_NOT_FOUND', `The key ${apikey} does not exist.`) }
  return token ? readToken(id, token, known) : readMembers(id ?? '', new URLSearchParams(query), known)
}

/** https://www.cometchat.com/docs/rest-api/group-members/list */
function readMembers(guid: string, query: URLSearchParams, { groups }: CometChatData): Read {
  const uids = groups.get(guid)
  if (!uids) return { unknown: refusal('ERR_GUID_NOT_FOUND', `The group with guid ${guid} does not exist.`) }
  return pageOf(uids, query, uid => ({
    ...{ uid, name: uid, status: 'offline', role: 'default' },
    ...{ scope: 'participant', joinedAt: 1_638_360_106, createdAt: 1_629_869_270 },
  }))
}

/** https://www.cometchat.com/docs/rest-api/auth-tokens/get */
function readToken(uid: string, authToken: string, { authTokens, groups }: CometChatData): Read {
  const users = new Set([...authTokens.values(), ...[...groups.values()].flat()])
  if (!users.has(uid))
    return { unknown: refusal('ERR_UID_NOT_FOUND', `The user with uid ${uid} does not exist.`) }
  if (authTokens.get(authToken) === uid) return { data: { uid, authToken, createdAt: 1_630_306_819 } }
  return { unknown: refusal('ERR_AUTH_TOKEN_NOT_FOUND', `The auth token ${authToken} does not exist.`) }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
