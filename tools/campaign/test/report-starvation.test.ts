import { fork } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'

const preload = new URL('../stage/report-starvation.mjs', import.meta.url).href
const busy = 'const until = performance.now() + 700; while (performance.now() < until);'
const script = `
  process.on('message', what => {
    if (what === 'work') { ${busy} }
    process.send('done')
  })
  process.send('started')
`

/** A process that reports starvation, and can be told to work for 700 ms. */
async function startChild() {
  const child = fork('-', {
    execArgv: [`--import=${preload}`, '--eval', script],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const messages: (string | { starved: { from: number; to: number; usedMs: number } })[] = []
  child.on('message', message => messages.push(message as (typeof messages)[number]))
  await expect.poll(() => messages, { timeout: 20_000 }).toContain('started')
  return {
    child,
    messages,
    starved: () => messages.flatMap(one => (typeof one === 'object' ? one.starved : [])),
  }
}

it('a process that gets no processor reports it', async () => {
  const { child, starved, messages } = await startChild()
  child.kill('SIGSTOP')
  const from = Date.now()
  await pause(1_500)
  child.kill('SIGCONT')
  const to = Date.now()
  child.send('nothing')
  await expect.poll(() => messages, { timeout: 20_000 }).toContain('done')
  await expect.poll(() => starved().some(one => one.from <= from + 100 && one.to >= to - 100)).toBe(true)
})

it('a process does not report a pause in which it was busy itself', async () => {
  const { child, messages, starved } = await startChild()
  child.send('work')
  child.send('nothing')
  await expect.poll(() => messages.filter(one => one === 'done'), { timeout: 20_000 }).toHaveLength(2)
  await pause(200)
  // On a busy machine it may have starved as well.
  for (const { from, to, usedMs } of starved()) expect(usedMs).toBeLessThanOrEqual((to - from) / 2)
})
