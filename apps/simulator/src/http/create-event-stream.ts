import type { ServerResponse } from 'node:http'

const HEARTBEAT_MS = 15_000

export interface EventStream {
  /** Sends the state to a page now and after every change, until the page disconnects. */
  open: (response: ServerResponse) => void
  /** Sends the state to every page. Changes in the same turn of the event loop are sent as one event. */
  publish: () => void
  close: () => void
}

/**
 * Sends server-sent events. Each carries the whole state, so that a page that reconnects, or reads too slowly to get
 * every event, is correct again after the next one.
 */
export function createEventStream(deps: { snapshot: () => unknown }): EventStream {
  const pages = new Set<ServerResponse>()
  let scheduled = false

  const send = (page: ServerResponse, event: string) => {
    if (!page.writableNeedDrain) page.write(event)
  }
  const stateEvent = () => `event: state\ndata: ${JSON.stringify(deps.snapshot())}\n\n`
  const flush = () => {
    scheduled = false
    if (pages.size === 0) return
    const event = stateEvent()
    for (const page of pages) send(page, event)
  }
  const heartbeat = setInterval(() => {
    for (const page of pages) send(page, ': still here\n\n')
  }, HEARTBEAT_MS)
  heartbeat.unref()

  return {
    open: page => {
      page.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      pages.add(page)
      page.on('close', () => pages.delete(page))
      page.on('drain', () => page.write(stateEvent()))
      page.write(`retry: 1000\n\n${stateEvent()}`)
    },
    publish: () => {
      if (scheduled) return
      scheduled = true
      setImmediate(flush)
    },
    close: () => {
      clearInterval(heartbeat)
      for (const page of pages) page.end()
      // An event that is already scheduled must not be written to a response that has ended.
      pages.clear()
    },
  }
}
