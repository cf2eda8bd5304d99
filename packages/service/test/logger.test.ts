import { createLogger } from '@ringer/service'
import { describe, expect, it } from 'vitest'

const HUSH = 'ya29.hush9d1f0c'

/** An error as firebase-admin throws it: the whole request, tokens included, hangs on to it. */
function firebaseError() {
  const cause = { response: { config: { headers: { authorization: `Bearer ${HUSH}` } } }, token: HUSH }
  const error = new Error('the request failed', { cause: Object.assign(new Error(HUSH), cause) })
  return Object.assign(error, { code: 'messaging/unknown-error', httpResponse: cause, token: HUSH })
}

function createTestLogger(level = 'info') {
  const lines: string[] = []
  const log = createLogger('worker', level, { write: line => void lines.push(line) })
  return { log, lines, read: () => JSON.parse(lines[0] ?? '{}') }
}

describe('a line of the log', () => {
  it('is JSON with the level in words, the time and the process', () => {
    const { log, read } = createTestLogger()
    log.info({ url: 'http://127.0.0.1:1' }, 'ready')
    expect(read()).toMatchObject({
      level: 'info',
      name: 'worker',
      pid: process.pid,
      msg: 'ready',
      url: 'http://127.0.0.1:1',
    })
    expect(Date.parse(read().time)).toBeGreaterThan(0)
  })

  it('below the level is not written', () => {
    const { log, lines } = createTestLogger('warn')
    log.info('nothing')
    expect(lines).toEqual([])
  })
})

describe('an error in the log', () => {
  it.each([
    [
      'as err',
      (log: ReturnType<typeof createLogger>) => log.error({ err: firebaseError() }, 'a request failed'),
    ],
    [
      'as error',
      (log: ReturnType<typeof createLogger>) => log.error({ error: firebaseError() }, 'a request failed'),
    ],
    ['alone', (log: ReturnType<typeof createLogger>) => log.error(firebaseError())],
    [
      'in a child',
      (log: ReturnType<typeof createLogger>) => log.child({ queue: 'calls' }).error({ err: firebaseError() }),
    ],
  ])('says what happened and where, and no token that hangs on to it: %s', (_, write) => {
    const { log, lines } = createTestLogger()
    write(log)
    expect(lines.join()).toContain('the request failed')
    expect(lines.join()).toContain('messaging/unknown-error')
    expect(lines.join()).toContain('logger.test.ts')
    expect(lines.join()).not.toContain(HUSH)
  })

  it.each([['a text'], [undefined], [null], [7]])('may be anything that was thrown: %s', thrown => {
    const { log, read } = createTestLogger()
    log.error({ err: thrown }, 'a request failed')
    expect(read()).toMatchObject({ msg: 'a request failed' })
  })

  it('of a whole collection names none of what is inside', () => {
    const { log, lines } = createTestLogger()
    log.error({ err: new AggregateError([firebaseError(), new Error(HUSH)], 'all failed') })
    expect(lines.join()).toContain('all failed')
    expect(lines.join()).not.toContain(HUSH)
  })
})
