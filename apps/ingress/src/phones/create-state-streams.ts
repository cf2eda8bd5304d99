import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Capability } from '@ringer/payloads'
import { within } from '@ringer/service'
import type { PhoneRing, PhoneRings } from '@ringer/store'
import { createStreamShares } from './create-stream-shares.ts'
import { describeState } from './describe-state.ts'

/** A phone opens a second stream when its network changes, before the first one is known to be lost. */
const STREAMS_PER_URL = 2

/** A phone shows one call and lets another one wait. Three have room for two streams each. */
const STREAMS_PER_DEVICE = 6

/** The 20 phones of a help desk that share a user, with three calls each. */
const STREAMS_PER_RECIPIENT = 60

/** Of all places, one address may have this share, as of the connections. Thousands of phones share the address of a network. */
const SHARE_PER_ADDRESS = 0.25

/** Proxies close a connection on which nothing was sent for 30 to 60 s. */
const COMMENT_MS = 15_000

/** How long to wait before Redis is asked again. */
const RETRY_MS = 200

/** How many rings are read at once when all have to be. */
const READ_AT_ONCE = 200

/** A ring is told about no longer than this after its deadline, also if Redis is away. */
const GRACE_MS = 60_000

/** The longest delay of a timer. */
const LONGEST_MS = 2 ** 31 - 1

/** A stream that has a place and is told about changes, but has sent nothing yet. */
export interface ReservedStream {
  /** Sends the state as it was read since the place was reserved, and goes on until the end. */
  start(response: ServerResponse, ring: PhoneRing): void
  /** Gives the place back. */
  cancel(): void
}

export interface StateStreams {
  /**
   * Reserves a place. Read the ring afterwards, so that no change is missed. Undefined: no place is free, or the ingress is
   * closing. A URL, a phone, a recipient or an address that has its share already is not refused: its oldest stream ends.
   */
  reserve(capability: Capability, address: string): ReservedStream | undefined
  /** A ring changed: reads it and tells its phones. */
  changed(ringId: string): void
  /** Changes may have been missed: reads all rings that have streams. */
  readAll(): Promise<void>
  /** Ends all streams, and opens no more. */
  close(): void
}

interface Stream {
  capability: Capability
  response?: ServerResponse
  /** What the phone was told last. */
  told?: string
  isReading: boolean
  /** The ring changed during the reading. */
  isStale: boolean
  isOver: boolean
  deadline: number
  timer?: NodeJS.Timeout
}

export interface StateStreamsOptions {
  rings: Pick<PhoneRings, 'read'>
  /** How many streams may be open at once. */
  maxStreams: number
  /** How long Redis may take to answer. */
  storeLimitMs: number
  /** Called with how many streams are open, whenever that changes. */
  onCount(count: number): void
  /** How often a stream sends a comment. Default: 15 s. */
  commentMs?: number | undefined
  /** Epoch ms, by Redis's clock. */
  clock: () => number
}

/**
 * Creates the streams of server-sent events that tell phones how their rings go on. A stream ends with its ring, or at the
 * deadline, so it lives for two minutes at the longest. A URL, a phone, a recipient and an address have few of them at once. What is
 * read is sent at once and not kept, so a stream takes some kilobytes.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createStateStreams(options: StateStreamsOptions): StateStreams {
  const { rings, maxStreams, storeLimitMs, onCount, commentMs = COMMENT_MS, clock } = options
  const byRing = new Map<string, Set<Stream>>()
  const shares = createStreamShares<Stream>(end)
  let count = 0
  let isClosed = false
  const all = () => Array.from(byRing.values(), streams => [...streams]).flat()

  const comments = setInterval(() => {
    for (const { response } of all()) response?.write(':\n\n')
  }, commentMs).unref()

  function reserve(capability: Capability, address: string): ReservedStream | undefined {
    const { ringId, deviceId } = capability
    const limits: [group: string, limit: number][] = [
      [`url ${ringId} ${deviceId}`, STREAMS_PER_URL],
      [`device ${deviceId}`, STREAMS_PER_DEVICE],
      [`address ${address}`, Math.ceil(maxStreams * SHARE_PER_ADDRESS)],
    ]
    for (const limit of limits) shares.makeRoom(...limit)
    if (isClosed || count >= maxStreams) return undefined
    // It counts as being read until it starts.
    const stream: Stream = { capability, isReading: true, isStale: false, isOver: false, deadline: 0 }
    for (const [group] of limits) shares.join(stream, group)
    const streams = byRing.get(ringId) ?? new Set()
    byRing.set(ringId, streams.add(stream))
    count += 1
    onCount(count)
    return {
      cancel: () => end(stream),
      start(response, ring) {
        // The phone may have gone away during the reading.
        if (response.destroyed) return end(stream)
        stream.response = response
        // If it had to make room, or the ingress began to close, while its ring was read, it gets the state and then ends.
        if (stream.isOver) {
          write(stream, ring)
          response.end()
          return
        }
        const recipient = `recipient ${JSON.stringify([ring.appId, ring.event.recipient])}`
        shares.makeRoom(recipient, STREAMS_PER_RECIPIENT)
        shares.join(stream, recipient)
        response.once('close', () => end(stream))
        stream.deadline = ring.deadline
        tell(stream, ring)
        stream.isReading = false
        if (stream.isStale) void refresh(stream)
      },
    }
  }

  function end(stream: Stream) {
    if (stream.isOver) return
    stream.isOver = true
    clearTimeout(stream.timer)
    const { ringId } = stream.capability
    const streams = byRing.get(ringId)
    streams?.delete(stream)
    if (streams?.size === 0) byRing.delete(ringId)
    shares.leave(stream)
    count -= 1
    onCount(count)
    stream.response?.end()
  }

  /** Sends the state, unless it is what the phone was told last. Returns it. */
  function write(stream: Stream, ring: PhoneRing) {
    const state = describeState(ring, stream.capability.deviceId, clock())
    const told = JSON.stringify([state.state, state.callAction, state.answeredHere])
    if (told !== stream.told) stream.response?.write(`event: state\ndata: ${JSON.stringify(state)}\n\n`)
    stream.told = told
    return state
  }

  function tell(stream: Stream, ring: PhoneRing) {
    const { state, now } = write(stream, ring)
    if (state === 'ended' || now >= ring.deadline) return end(stream)
    clearTimeout(stream.timer)
    stream.timer = setTimeout(() => void refresh(stream), Math.min(ring.deadline - now + 1, LONGEST_MS))
  }

  async function refresh(stream: Stream) {
    stream.isStale = true
    if (stream.isReading) return
    stream.isReading = true
    while (stream.isStale && !stream.isOver) {
      stream.isStale = false
      const ring = await read(stream)
      if (stream.isOver) break
      if (ring) tell(stream, ring)
      else end(stream)
    }
    stream.isReading = false
  }

  /** Asks until Redis answers. Undefined: the ring is not on record any more, or nobody rings any more. */
  async function read(stream: Stream): Promise<PhoneRing | undefined> {
    while (!stream.isOver && clock() < stream.deadline + GRACE_MS) {
      const found = await within(storeLimitMs, rings.read(stream.capability))
      if (found.done) return found.value
      await pause(RETRY_MS, undefined, { ref: false })
    }
    return undefined
  }

  return {
    reserve,
    changed(ringId) {
      for (const stream of byRing.get(ringId) ?? []) void refresh(stream)
    },
    async readAll() {
      const streams = all()
      while (streams.length > 0) await Promise.all(streams.splice(0, READ_AT_ONCE).map(refresh))
    },
    close() {
      isClosed = true
      clearInterval(comments)
      for (const stream of all()) end(stream)
    },
  }
}
