import { type DestinationStream, pino } from 'pino'

type LineWriter = DestinationStream & { flushSync(): void }

/** How long a line may wait for others. A process that is killed by SIGKILL loses as much of its log. */
const WAIT_MS = 10

/** How much may wait for a reader that does not read, bytes. Further lines are dropped: memory is worth more than the log. */
const MAX_WAITING = 16 * 1024 * 1024

let shared: LineWriter | undefined

/** The standard output, for the lines of all loggers of this process. */
export function standardOutput(): LineWriter {
  shared ??= createLineWriter()
  return shared
}

/**
 * Hands lines over together, because each write costs a system call and wakes another thread: a busy worker would spend a tenth of
 * its CPU on them. Nothing here waits for the reader of the output.
 */
function createLineWriter(): LineWriter {
  const output = pino.destination({ dest: process.stdout.fd, sync: false, maxLength: MAX_WAITING })
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
      if (lines === '') setTimeout(handOver, WAIT_MS)
      lines += line
    },
    // pino calls it after a fatal line.
    flushSync() {
      handOver()
      output.flushSync()
    },
  }
}
