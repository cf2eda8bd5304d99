/** Counts Redis commands in the bytes that clients send. */
export interface CommandCounter {
  /** Returns a function that takes the chunks of one connection, in their order. */
  connection(): (chunk: Buffer) => void
  total(): number
  /** How often each command was sent, by name in lower case. */
  names(): Record<string, number>
}

const CR = 13

/**
 * Creates a counter that reads RESP, in which a command is an array of bulk strings. A script counts as one command,
 * whatever it does.
 *
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function createCommandCounter(): CommandCounter {
  const counts = new Map<string, number>()
  let total = 0

  function connection() {
    /** What is left of the last chunk: an incomplete line, or a command's incomplete name. */
    let rest: Buffer = Buffer.alloc(0)
    /** Bytes of a bulk string, with its CRLF, that are still to come. */
    let skip = 0
    /** Bulk strings of the current command that are still to come. */
    let parts = 0
    let isName = false

    return (chunk: Buffer) => {
      let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      rest = Buffer.alloc(0)
      let at = 0
      if (skip > 0) {
        at = Math.min(skip, bytes.length)
        skip -= at
      }
      while (at < bytes.length) {
        const end = bytes.indexOf(CR, at)
        if (end < 0 || end + 1 >= bytes.length) break
        const size = Number(bytes.toString('latin1', at + 1, end))
        if (parts === 0) {
          parts = size
          isName = true
          total += 1
          at = end + 2
          continue
        }
        const next = end + 2 + size + 2
        if (isName) {
          // The name is short: wait for all of it.
          if (next > bytes.length) break
          const name = bytes.toString('latin1', end + 2, end + 2 + size).toLowerCase()
          counts.set(name, (counts.get(name) ?? 0) + 1)
          isName = false
        }
        parts -= 1
        at = Math.min(next, bytes.length)
        skip = next - at
      }
      if (skip === 0) rest = bytes.subarray(at)
      bytes = rest
    }
  }

  return {
    connection,
    total: () => total,
    names: () => Object.fromEntries([...counts].sort(([, a], [, b]) => b - a)),
  }
}
