import type { Redis } from 'ioredis'

/**
 * Sends the commands that are issued in one turn of the event loop in one write to the socket. ioredis makes a write, and so a
 * system call, for every command, and a busy worker spends a seventh of its time on them. A tick would not do: each answer of
 * a provider has a tick of its own, however many arrive at once.
 */
export function batchWrites(redis: Redis): void {
  const sendCommand = redis.sendCommand.bind(redis)
  let isHeld = false
  redis.sendCommand = (command, stream) => {
    const socket = redis.stream
    if (socket && !isHeld) {
      isHeld = true
      socket.cork()
      setImmediate(() => {
        isHeld = false
        socket.uncork()
      })
    }
    return sendCommand(command, stream)
  }
}
