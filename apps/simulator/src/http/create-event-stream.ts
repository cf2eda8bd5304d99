import type { ServerResponse } from 'node:http'

const heartbeatMs = 15_000

export type EventStream = {
  /** Sends the state to a page now and after every change, until it goes away. */
  open: (response: ServerResponse) => void
  /** Something changed. Changes of one turn of the event loop leave as one event. */
  publish: () => void
  close: () => void
}

/**
 * Server-sent events: the whole state each time, so that a page which reconnects, or reads too slowly to get every
 * event, is right after the next one.
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
  }, heartbeatMs)
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
      // A change that was about to be told is told to nobody.
      pages.clear()
    },
  }
}
