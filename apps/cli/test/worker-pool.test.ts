import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { createWorkerPool } from '../src/demo/create-worker-pool.ts'
import type { StartedProcess } from '../src/demo/start-process.ts'

/** Starts a process that does nothing until it is killed. */
async function launch(): Promise<StartedProcess> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' })
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
  await once(child, 'spawn')
  return {
    pid: child.pid ?? 0,
    adminUrl: '',
    printed: () => '',
    copyOutput: () => undefined,
    ended,
    kill: signal => void child.kill(signal),
    close: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function startPool(launchOne: (id: string) => Promise<StartedProcess> = launch) {
  const pool = createWorkerPool({ ids: ['one', 'two'], launch: launchOne, backAfterMs: 20 })
  onTestFinished(pool.close)
  await pool.start()
  /** Resolves after the first change after which `holds` returns true. */
  const until = (holds: () => boolean) =>
    new Promise<void>(resolve => {
      if (holds()) return resolve()
      const off = pool.onChange(() => {
        if (!holds()) return
        off()
        resolve()
      })
    })
  return { pool, until }
}

it('restarts a killed worker as another process with the same id', async () => {
  const { pool, until } = await startPool()
  const [one, two] = pool.list()
  expect([one, two]).toMatchObject([
    { id: 'one', alive: true },
    { id: 'two', alive: true },
  ])
  pool.kill('one')
  expect(pool.list()).toEqual([{ ...one, alive: false }, two])
  await until(() => pool.list()[0]?.alive === true)
  expect(pool.list()[0]?.pid).not.toBe(one?.pid)
  expect(pool.list()[1]).toEqual(two)
})

it('restarts a worker that died, and retries when the restart fails', async () => {
  const failures = ['no memory', 'no port']
  let launched = 0
  const { pool, until } = await startPool(async () => {
    launched += 1
    const reason = launched > 2 ? failures.shift() : undefined
    if (reason) throw new Error(reason)
    return launch()
  })
  process.kill(pool.list()[1]?.pid ?? 0, 'SIGKILL')
  await until(() => pool.list()[1]?.alive === false)
  await until(() => pool.list()[1]?.alive === true)
  expect(launched).toBe(5)
})

it('rejects when a worker does not start, and can still stop the others', async () => {
  const started: StartedProcess[] = []
  const pool = createWorkerPool({
    ids: ['one', 'two'],
    launch: async id => {
      if (id === 'two') throw new Error('the worker ended with code 1')
      const process = await launch()
      started.push(process)
      return process
    },
    backAfterMs: 20,
  })
  await expect(pool.start()).rejects.toThrow('ended with code 1')
  await pool.close()
  expect(await started[0]?.ended).toBe('SIGTERM')
})
