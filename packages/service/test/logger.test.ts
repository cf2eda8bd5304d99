import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { createLogger } from '@ringer/service'
import { describe, expect, it, onTestFinished } from 'vitest'

const SECRET = 'ya29.hush9d1f0c'

/** An error as firebase-admin throws it. It carries the whole request, tokens included. */
function firebaseError() {
  const cause = { response: { config: { headers: { authorization: `Bearer ${SECRET}` } } }, token: SECRET }
  const error = new Error('the request failed', { cause: Object.assign(new Error(SECRET), cause) })
  return Object.assign(error, { code: 'messaging/unknown-error', httpResponse: cause, token: SECRET })
}

function createTestLogger(level = 'info') {
  const lines: string[] = []
  const log = createLogger('worker', level, { write: line => void lines.push(line) })
  return { log, lines, read: () => JSON.parse(lines[0] ?? '{}') }
}

describe('a log line', () => {
  it('is JSON with the name of the level, the time and the process', () => {
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

  it('is not written if it is below the level', () => {
    const { log, lines } = createTestLogger('warn')
    log.info('nothing')
    expect(lines).toEqual([])
  })
})

describe('a logged error', () => {
  it.each([
    [
      'logged as err',
      (log: ReturnType<typeof createLogger>) => log.error({ err: firebaseError() }, 'a request failed'),
    ],
    [
      'logged as error',
      (log: ReturnType<typeof createLogger>) => log.error({ error: firebaseError() }, 'a request failed'),
    ],
    ['logged alone', (log: ReturnType<typeof createLogger>) => log.error(firebaseError())],
    [
      'logged by a child logger',
      (log: ReturnType<typeof createLogger>) => log.child({ queue: 'calls' }).error({ err: firebaseError() }),
    ],
  ])('shows what happened and where, but no token that it carries: %s', (_, write) => {
    const { log, lines } = createTestLogger()
    write(log)
    expect(lines.join()).toContain('the request failed')
    expect(lines.join()).toContain('messaging/unknown-error')
    expect(lines.join()).toContain('logger.test.ts')
    expect(lines.join()).not.toContain(SECRET)
  })

  it.each([['a text'], [undefined], [null], [7]])('may be any thrown value: %s', thrown => {
    const { log, read } = createTestLogger()
    log.error({ err: thrown }, 'a request failed')
    expect(read()).toMatchObject({ msg: 'a request failed' })
  })

  it('shows none of the errors inside an AggregateError', () => {
    const { log, lines } = createTestLogger()
    log.error({ err: new AggregateError([firebaseError(), new Error(SECRET)], 'all failed') })
    expect(lines.join()).toContain('all failed')
    expect(lines.join()).not.toContain(SECRET)
  })
})

describe('standard output', () => {
  const run = promisify(execFile)
  const writeAndEnd = async (end: string) => {
    const code = `import { createLogger } from '@ringer/service'
      const [one, other] = [createLogger('one', 'info'), createLogger('other', 'info')]
      for (let line = 0; line < 500; line += 1) { one.info({ line }, 'x'); other.info({ line }, 'x') }
      ${end}`
    const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code]
    const { stdout } = await run(process.execPath, options, { cwd: import.meta.dirname }).catch(
      error => error,
    )
    const lines: { name: string; line?: number }[] = String(stdout)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    return (name: string) => lines.filter(each => each.name === name).map(({ line }) => line)
  }
  const inOrder = Array.from({ length: 500 }, (_, line) => line)

  it.each([
    ['ends by itself', ''],
    ['exits in the same turn', 'process.exit(0)'],
    ['exits in a later turn', 'setImmediate(() => process.exit(0))'],
  ])('has every line in order of each logger of a process that %s', async (_, end) => {
    const linesOf = await writeAndEnd(end)
    expect(linesOf('one')).toEqual(inOrder)
    expect(linesOf('other')).toEqual(inOrder)
  })

  it('has the lines of a process that is killed right after a fatal one', async () => {
    const linesOf = await writeAndEnd("one.fatal({ line: 500 }, 'x'); process.kill(process.pid, 'SIGKILL')")
    expect(linesOf('one')).toEqual([...inOrder, 500])
  })

  /** Runs a process that logs to `output`, and returns its exit code. */
  async function codeOf(output: number | 'pipe', body: string) {
    const code = `import { createLogger } from '@ringer/service'
      const log = createLogger('one', 'info')
      ${body}`
    const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code]
    const child = spawn(process.execPath, options, {
      cwd: import.meta.dirname,
      stdio: ['ignore', output, 'ignore'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [exitCode] = await once(child, 'exit')
    return exitCode
  }

  // The failed write was an uncaught error, and the fatal line about it was tried again for ever, in a loop that no signal ended.
  it.skipIf(!existsSync('/dev/full'))(
    'on a disk that is full stops no process, and does not keep it from exiting',
    async () => {
      const full = openSync('/dev/full', 'w')
      const body = `log.info('lost'); setTimeout(() => { log.fatal('lost'); process.exit(7) }, 300)`
      expect(await codeOf(full, body)).toBe(7)
    },
  )

  it('that nobody reads does not keep a process from exiting', async () => {
    const body = `const fill = () => { for (let line = 0; line < 1_000; line += 1) log.info({ text: 'x'.repeat(1_000) }) }
      for (const ms of [0, 100, 200]) setTimeout(fill, ms)
      setTimeout(() => process.exit(7), 300)`
    expect(await codeOf('pipe', body)).toBe(7)
  })
})
