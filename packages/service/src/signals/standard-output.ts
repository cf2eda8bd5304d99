import { write, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

type LineWriter = DestinationStream & { flushSync(): void }

/** How long a line may wait for others. A process that is killed by SIGKILL loses as much of its log. */
const WAIT_MS = 10

/** How long to wait before lines are written again that could not be: the reader does not read, or the disk is full. */
const RETRY_MS = 100

/** How long a process that ends, or has a fatal line, waits for a reader that does not read. */
const LAST_MS = 1_000

/** How much may wait for a reader that does not read, characters. Further lines are dropped: memory is worth more than the log. */
const MAX_WAITING = 16 * 1024 * 1024

let shared: LineWriter | undefined

/** The standard output, for the lines of all loggers of this process. */
export function standardOutput(): LineWriter {
  shared ??= createLineWriter()
  return shared
}

/**
 * Hands lines over together, because each write costs a system call and wakes another thread: a busy worker would spend a tenth of
 * its CPU on them. Nothing here waits for the reader of the output, and an output that fails, such as a file on a full disk, costs
 * lines and nothing else. pino's own writer throws then, and tries the last lines again for ever.
 */
function createLineWriter(): LineWriter {
  const { fd } = process.stdout
  let lines = ''
  /** What was handed over and is not written yet. */
  let rest: Buffer = Buffer.alloc(0)
  let isWriting = false
  let timer: NodeJS.Timeout | undefined

  function schedule(ms: number) {
    timer ??= setTimeout(handOver, ms)
    return timer
  }

  function handOver() {
    timer = undefined
    if (isWriting) return
    if (rest.length === 0) {
      rest = Buffer.from(lines)
      lines = ''
    }
    if (rest.length === 0) return
    isWriting = true
    write(fd, rest, written)
  }

  function written(error: Error | null, count: number) {
    isWriting = false
    if (!error) rest = rest.subarray(count)
    else if (isBusy(error)) schedule(RETRY_MS)
    // Nobody can say when it works again, so a process that has nothing else to do ends.
    else schedule(RETRY_MS).unref()
    if (!error) handOver()
  }

  function flushSync() {
    // What is being written by another thread is not written twice.
    const last = Buffer.concat([isWriting ? Buffer.alloc(0) : rest, Buffer.from(lines)])
    lines = ''
    if (!isWriting) rest = Buffer.alloc(0)
    writeNow(fd, last)
  }

  process.once('exit', flushSync)
  return {
    write(line) {
      if (rest.length + lines.length + line.length > MAX_WAITING) return
      lines += line
      if (!isWriting) schedule(WAIT_MS)
    },
    // pino calls it after a fatal line.
    flushSync,
  }
}

/** Writes bytes before it returns, unless the output fails, or its reader does not read for too long. */
function writeNow(fd: number, bytes: Buffer) {
  const until = performance.now() + LAST_MS
  for (let rest = bytes; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS)
    }
  }
}

/** The reader has not made room yet. */
const isBusy = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EBUSY')
