import { type CallJob, callJob, normalUid } from '@ringer/payloads'
import type { RedisClient } from '../redis/connect.ts'
import { json } from '../redis/record-reader.ts'
import { runScript, script } from '../redis/run-script.ts'
import { priorities } from './create-call-queue.ts'
import { CALLS, GROUPS } from './names.ts'

/** How many jobs of each of a queue's lists one command looks at. Redis does nothing else meanwhile. */
const AT_ONCE = 250

/** How many jobs of each of a queue's lists are looked at in all. */
const DEPTH = 2_500

/**
 * A job that was answered with 200 and is not done. It has ids only: what else the webhook said stays in the job. Instants are
 * epoch ms.
 *
 * `waiting`: no worker has taken it. `delayed`: handling it failed, and it is due again soon. `active`: a worker has it in hand,
 * or had it when it died. The job of a ring stays in hand until its phones are settled or in their providers' queues.
 */
export interface WaitingCall {
  appId: string
  sessionId: string
  kind: 'ring' | 'group' | 'end' | 'answer'
  state: 'waiting' | 'delayed' | 'active'
  /** When the call began, if its webhook said so. Only for rings and groups. */
  sentAt?: number
  receivedAt: number
  deadline: number
  /** The message that announced a meeting. Calls of one session differ in it. */
  announcedBy?: string
  /** The caller's uid. Only for rings and groups. */
  caller?: string
  /** The uid of who is rung, whose ring ended, or who answered. */
  recipient?: string
  /** The guid of the group that is called. */
  group?: string
  /** How the call ended. */
  action?: string
}

export interface WaitingCalls {
  /** The newest first. */
  calls: WaitingCall[]
  /** False if there may be more: the limit was reached, or the queue has more jobs than are looked at. */
  isComplete: boolean
}

export interface WaitingSelector {
  sessionId?: string | undefined
  /** The recipient. The members of a called group are not known before a worker asks CometChat for them. */
  uid?: string | undefined
  /** At most this many. */
  limit: number
}

/**
 * Reads a part of each list of a queue, the newest jobs first. Chat has the last priority and no session, so it is left out.
 *
 * KEYS wait, prioritized, delayed, active
 * ARGV job key prefix, how many of each list to skip, how many to read, the lowest score of a chat message, texts that the
 *      data of a job must contain
 * Returns { 1 if a list has more, else 0, state, data (JSON), state, data, … }.
 */
const READ_PAGE = script(`
local first, count = tonumber(ARGV[2]), tonumber(ARGV[3])
local last = first + count - 1
local lists = {
  { 'waiting', redis.call('LRANGE', KEYS[1], first, last) },
  { 'waiting', redis.call('ZREVRANGEBYSCORE', KEYS[2], '(' .. ARGV[4], '-inf', 'LIMIT', first, count) },
  { 'delayed', redis.call('ZREVRANGE', KEYS[3], first, last) },
  { 'active', redis.call('LRANGE', KEYS[4], first, last) },
}
local function isWanted(data)
  for i = 5, #ARGV do
    if not string.find(data, ARGV[i], 1, true) then return false end
  end
  return true
end
local page = { 0 }
for _, list in ipairs(lists) do
  if #list[2] == count then page[1] = 1 end
  for _, id in ipairs(list[2]) do
    local data = redis.call('HGET', ARGV[1] .. id, 'data')
    if data and isWanted(data) then
      table.insert(page, list[1])
      table.insert(page, data)
    end
  end
end
return page
`)

/** BullMQ's score: the priority in the upper half, a counter in the lower half. */
const CHAT_SCORE = priorities.chat * 2 ** 32

const storedJob = json.pipe(callJob)

/**
 * Finds calls, ends and answers that were stored and are not done, so that a call can be looked up before a worker has taken it.
 * Looks at the newest 2,500 jobs of each list of the queues `calls` and `groups`. If there are fewer than 250, that is one
 * command a queue, and no job that moves from one list to another meanwhile is missed.
 *
 * @param bounds for tests: how many jobs of a list are read at once, and in all
 */
export async function findWaitingCalls(
  redis: RedisClient,
  prefix: string,
  { sessionId, uid, limit }: WaitingSelector,
  bounds = { atOnce: AT_ONCE, depth: DEPTH },
): Promise<WaitingCalls> {
  const recipient = uid === undefined ? undefined : normalUid(uid)
  const texts = [
    ...(sessionId === undefined ? [] : [`"sessionId":${JSON.stringify(sessionId)}`]),
    ...(recipient === undefined ? [] : [JSON.stringify(recipient)]),
  ]
  const isWanted = (call: WaitingCall) =>
    (sessionId === undefined || call.sessionId === sessionId) &&
    (recipient === undefined || call.recipient === recipient)
  const atOnce = texts.length > 0 ? bounds.atOnce : Math.min(limit, bounds.atOnce)

  const readPage = async (queue: string, skip: number) => {
    const base = `${prefix}:${queue}:`
    const keys = ['wait', 'prioritized', 'delayed', 'active'].map(list => base + list)
    const page = await runScript(redis, READ_PAGE, keys, [base, skip, atOnce, CHAT_SCORE, ...texts])
    const [hasMore, ...rows] = page as [number, ...string[]]
    const found: WaitingCall[] = []
    for (let at = 0; at < rows.length; at += 2) {
      const call = readJob(rows[at] as WaitingCall['state'], rows[at + 1])
      if (call && isWanted(call)) found.push(call)
    }
    return { hasMore: hasMore === 1, found }
  }

  const calls: WaitingCall[] = []
  let hasMore = true
  for (let skip = 0; hasMore && skip < bounds.depth && calls.length < limit; skip += atOnce) {
    const pages = await Promise.all([readPage(CALLS, skip), readPage(GROUPS, skip)])
    calls.push(...pages.flatMap(({ found }) => found))
    hasMore = pages.some(page => page.hasMore)
  }
  const newest = calls.sort((one, other) => other.receivedAt - one.receivedAt).slice(0, limit)
  return { calls: newest, isComplete: !hasMore && newest.length === calls.length }
}

/** Returns undefined for a job that cannot be read, or that no session id leads to. */
function readJob(state: WaitingCall['state'], data: string | undefined): WaitingCall | undefined {
  const job = storedJob.safeParse(data).data
  if (!job) return undefined
  const { appId, event, receivedAt, deadline } = job
  if (event.kind === 'chat' || event.sessionId === undefined) return undefined
  const { kind, sessionId } = event
  return { appId, sessionId, kind, state, receivedAt, deadline, ...partiesOf(event) }
}

function partiesOf(event: CallJob['event']): Partial<WaitingCall> {
  switch (event.kind) {
    case 'ring':
    case 'group': {
      const { caller, receiver, announcedBy, sentAt } = event
      return {
        ...(sentAt !== undefined && { sentAt }),
        caller: caller.uid,
        ...(event.kind === 'ring' && { recipient: event.recipient }),
        ...(receiver.type === 'group' && { group: receiver.uid }),
        ...(announcedBy !== undefined && { announcedBy }),
      }
    }
    case 'end':
      return { action: event.action, ...(event.recipient !== undefined && { recipient: event.recipient }) }
    case 'answer':
      return event.uid === undefined ? {} : { recipient: event.uid }
    case 'chat':
      return {}
  }
}
