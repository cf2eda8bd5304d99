import type { IncomingMessage } from 'node:http'
import type { FakeAnswer } from '../../wire/judge-push.ts'
import { refusal } from './errors.ts'
import { pageOf } from './page-of.ts'

/** The app that a stand-in for CometChat serves. Uids and guids may be in any case: CometChat knows them in lower case. */
export interface CometChatData {
  appId: string
  apiKey: string
  /** Members' uids by guid. */
  groups: Map<string, string[]>
  /** Users' uids by auth token. */
  authTokens: Map<string, string>
}

/** `invalid`: CometChat refuses the request. `unknown`: it finds no such group, user or token. Else: the answer's body. */
export type Read = { invalid: FakeAnswer } | { unknown: FakeAnswer } | { data: unknown; meta?: object }

/** CometChat's API has no such path, so the answer does not have the form of CometChat's errors. */
const NOWHERE: Read = {
  invalid: { status: 404, reason: null, body: '<html><body><h1>404 Not Found</h1></body></html>' },
}

/** Checks a request in CometChat's order: the path, then the API key, then the group, user or token. */
export function readRestRequest({ method, url = '/', headers }: IncomingMessage, known: CometChatData): Read {
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2)
  const [, appId, version, collection, id, part, item, ...rest] = path.split('/').map(decode)
  if (method !== 'GET' || appId !== known.appId || version !== 'v3' || rest.length > 0) return NOWHERE
  const members = collection === 'groups' && id && part === 'members' && item === undefined
  const token = collection === 'users' && id && part === 'auth_tokens' && item
  const tokens = collection === 'users' && id && part === 'auth_tokens' && item === undefined
  if (!members && !token && !tokens) return NOWHERE
  const { apikey } = headers
  if (!apikey) return { invalid: refusal('AUTH_ERR_EMPTY_APIKEY', 'The key is missing from the headers.') }
  if (apikey !== known.apiKey)
    return { invalid: refusal('AUTH_ERR_APIKEY_NOT_FOUND', `The key ${apikey} does not exist.`) }
  if (token) return readToken(id, token, known)
  if (tokens) return readTokens(id, new URLSearchParams(query), known)
  return readMembers(id ?? '', new URLSearchParams(query), known)
}

/** https://www.cometchat.com/docs/rest-api/group-members/list */
function readMembers(guid: string, query: URLSearchParams, { groups }: CometChatData): Read {
  const uids = Array.from(groups).find(([created]) => asCreated(created) === guid)?.[1]
  if (!uids) return { unknown: refusal('ERR_GUID_NOT_FOUND', `The group with guid ${guid} does not exist.`) }
  return pageOf(uids.map(asCreated), query, uid => ({
    ...{ uid, name: uid, status: 'offline', role: 'default' },
    ...{ scope: 'participant', joinedAt: 1_638_360_106, createdAt: 1_629_869_270 },
  }))
}

/** https://www.cometchat.com/docs/rest-api/auth-tokens/get */
function readToken(uid: string, authToken: string, { authTokens, groups }: CometChatData): Read {
  const users = new Set([...authTokens.values(), ...[...groups.values()].flat()].map(asCreated))
  if (!users.has(uid))
    return { unknown: refusal('ERR_UID_NOT_FOUND', `The user with uid ${uid} does not exist.`) }
  if (asCreated(authTokens.get(authToken) ?? '') === uid)
    return { data: { uid, authToken, createdAt: 1_630_306_819 } }
  return { unknown: refusal('ERR_AUTH_TOKEN_NOT_FOUND', `The auth token ${authToken} does not exist.`) }
}

/**
 * CometChat gives the same answer for a user without tokens and for one who does not exist.
 * https://www.cometchat.com/docs/rest-api/auth-tokens/list
 */
function readTokens(uid: string, query: URLSearchParams, { authTokens }: CometChatData): Read {
  const own = Array.from(authTokens).filter(([, owner]) => asCreated(owner) === uid)
  return pageOf(own, query, ([authToken]) => ({ uid, authToken, createdAt: 1_630_306_819 }))
}

/**
 * CometChat lower-cases uids and guids when a user or a group is created. Here, a path must name them in that form.
 * https://www.cometchat.com/docs/rest-api/users, https://www.cometchat.com/docs/rest-api/groups
 */
const asCreated = (id: string) => id.toLowerCase()

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
