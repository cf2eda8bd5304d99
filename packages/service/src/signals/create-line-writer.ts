import { type DestinationStream, pino } from 'pino'

/** How long a line may wait for others. A process that is killed by SIGKILL loses as much of its log. */
const WAIT_MS = 10

/**
 * Writes log lines to standard output. They are handed over together, because each write costs a system call and wakes another
 * thread: a busy worker would spend a tenth of its CPU on them. Nothing here waits for the reader of the output.
 */
export function createLineWriter(): DestinationStream & { flushSync(): void } {
  const output = pino.destination({ dest: process.stdout.fd, sync: false })
  let lines = ''
  function handOver() {
    if (lines === '') return
    const handed = lines
    lines = ''
    output.write(handed)
  }
  // Before pino's own listener, which writes the rest and ends the output.
  process.prependListener('exit', handOver)
  return {
    write(line) {
      if (lines === '') setTimeout(handOver, WAIT_MS).unref()
      lines += line
    },
    // pino calls it after a fatal line.
    flushSync() {
      handOver()
      output.flushSync()
    },
  }
}
