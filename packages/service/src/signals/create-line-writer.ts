import { type DestinationStream, pino } from 'pino'

/**
 * Writes log lines to standard output. Lines of one turn of the event loop are handed over together, because each write costs a
 * system call and wakes another thread: two lines a call would take a tenth of a busy worker's CPU. Nothing here waits for the
 * reader of the output.
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
      if (lines === '') setImmediate(handOver)
      lines += line
    },
    // pino calls it after a fatal line.
    flushSync() {
      handOver()
      output.flushSync()
    },
  }
}
