import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { type ClientRequestArgs, Agent as PlainAgent, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { askNameServers, type ResolveName } from './ask-name-servers.ts'
import { isInside } from './is-inside.ts'
import { limitInterimAnswers } from './limit-interim-answers.ts'

/** What a server answered, or why there was no answer: a code such as ECONNREFUSED, without anything of the address. */
export type PostAnswer = { ok: true; status: number; retryAfterMs?: number } | { ok: false; problem: string }

/** Sends a POST with a JSON body. Never rejects. */
export interface Post {
  (body: string, headers: Record<string, string>): Promise<PostAnswer>
  /** Closes the connections that are kept open. */
  close(): void
}

export interface PostOptions {
  /** http or https. */
  url: string
  /** Whether an address that is not on the public internet may be connected to. */
  allowInside: boolean
  /** How long one request may take, from the look-up of the name to the end of the answer, ms. Default: 5 s. */
  limitMs?: number
  /** How many connections there may be. Default: 20. */
  connections?: number
  /** Resolves names. Default: the name servers; if inside addresses are allowed, the system, which knows inside names. */
  resolve?: ResolveName
  /** A certificate to trust besides the system's, PEM. For a stand-in. */
  ca?: string | undefined
}

const LIMIT_MS = 5_000

/** Nothing of the body is used, so a longer one is cut off. */
const MOST_BODY_BYTES = 64 * 1024

/** An error of ours, with a code in the place where the system's errors have theirs. */
const failure = (code: string) => Object.assign(new Error(code), { code })

/**
 * Creates a function that sends POST requests to one URL that an operator chose. Redirects are not followed. Unless it is allowed,
 * no connection is opened to an address inside the operator's own network: the addresses are checked when the name is resolved for
 * the connection itself, so that a name which changes its address between a check and the connection (DNS rebinding) gains nothing.
 */
export function createPost(options: PostOptions): Post {
  const { allowInside, limitMs = LIMIT_MS, connections = 20, ca } = options
  const resolve = onceAtATime(options.resolve ?? (allowInside ? askSystem : askNameServers()))
  const url = new URL(options.url)
  const isTls = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const agentOptions = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections }
  const agent = isTls ? new TlsAgent(agentOptions) : new PlainAgent(agentOptions)

  /** Resolves a name for a connection, and leaves out the addresses that may not be connected to. */
  const lookupOutside: LookupFunction = (name, { all = false }, done) => {
    resolve(name).then(
      found => {
        const allowed = found.filter(({ address }) => allowInside || !isInside(address))
        const [first] = allowed
        if (!first) return done(failure('EINSIDE'), '', 0)
        return all ? done(null, allowed) : done(null, first.address, first.family)
      },
      error => done(error, '', 0),
    )
  }

  const post = (body: string, headers: Record<string, string>) =>
    new Promise<PostAnswer>(settle => {
      // An address is connected to without a look-up, and no name server is asked for this name.
      const isInsideHost = isIP(host) === 0 ? /(^|\.)localhost$/i.test(host) : isInside(host)
      if (isInsideHost && !allowInside) return settle(failed(failure('EINSIDE')))
      const given: ClientRequestArgs & { ca?: string } = {
        method: 'POST',
        agent,
        lookup: lookupOutside,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Ringer',
        },
        ...(ca !== undefined && { ca }),
      }
      const request = (isTls ? requestTls : requestPlain)(url, given)
      limitInterimAnswers(request)
      const timer = setTimeout(() => request.destroy(failure('ETIMEDOUT')), limitMs)
      let answer: PostAnswer | undefined
      request.once('response', response => {
        const { statusCode: status = 0 } = response
        const retryAfterMs = parseRetryAfter(response.headers['retry-after'])
        answer = { ok: true, status, ...(retryAfterMs && { retryAfterMs }) }
        // The status decides, so the body is read only to keep the connection.
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.byteLength
          if (bytes > MOST_BODY_BYTES) request.destroy()
        })
        response.on('error', () => {})
      })
      request.on('error', error => {
        answer ??= failed(error)
      })
      request.once('close', () => {
        clearTimeout(timer)
        settle(answer ?? failed(failure('ECONNRESET')))
      })
      request.end(body)
    })
  return Object.assign(post, { close: () => agent.destroy() })
}

const askSystem: ResolveName = name => lookup(name, { all: true })

/**
 * Shares one look-up among all connections that need it at the same time. The system's look-ups have two threads for all names of
 * the process, so forty for a name that no server answers for would keep everything else from connecting for minutes.
 */
function onceAtATime(ask: ResolveName): ResolveName {
  let asking: Promise<LookupAddress[]> | undefined
  return name => {
    asking ??= ask(name).finally(() => {
      asking = undefined
    })
    return asking
  }
}

/** Parses a number of seconds, such as `15`. */
const parseRetryAfter = (value: string | undefined) =>
  value && /^\d{1,6}$/.test(value) ? Number(value) * 1_000 : undefined

const failed = (error: unknown): PostAnswer => ({ ok: false, problem: problemOf(error) })

/** The code of an error. Its message may name the host or quote what was sent. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  if ('code' in error) return String(error.code)
  return error.name
}
