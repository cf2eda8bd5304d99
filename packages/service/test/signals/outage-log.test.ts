import { createLogger, createOutageLog } from '@ringer/service'
import { expect, it, onTestFinished, vi } from 'vitest'

function start() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const lines: Record<string, unknown>[] = []
  const log = createLogger('test', 'info', { write: line => void lines.push(JSON.parse(line)) })
  return { outage: createOutageLog({ log, what: 'Redis', fields: { app: 'one' } }), lines }
}

it('says once that something fails, and once that it works again', () => {
  const { outage, lines } = start()
  outage.worked()
  expect(lines).toEqual([])
  for (let second = 0; second < 10; second += 1) {
    outage.failed(`ECONNREFUSED ${second}`)
    vi.advanceTimersByTime(1_000)
  }
  expect(lines).toMatchObject([{ level: 'warn', app: 'one', msg: 'Redis fails', reason: 'ECONNREFUSED 0' }])
  outage.worked()
  vi.advanceTimersByTime(1_000)
  outage.worked()
  vi.advanceTimersByTime(1_000)
  expect(lines.slice(1)).toMatchObject([
    { level: 'info', app: 'one', msg: 'Redis works again', failures: 10, ms: 10_000 },
  ])
  outage.failed('ECONNRESET')
  expect(lines).toHaveLength(3)
})

// A Redis that refuses writes still answers reads.
it('logs one outage if some attempts succeed and some fail', () => {
  const { outage, lines } = start()
  for (let second = 0; second < 20; second += 1) {
    outage.failed('READONLY')
    outage.worked()
    vi.advanceTimersByTime(1_000)
  }
  expect(lines).toHaveLength(1)
})
