import type { Redis } from 'ioredis'

/**
 * Sends the commands that are issued together in one write to the socket. ioredis makes a write, and so a system call, for
 * every command, and a busy worker spends a seventh of its time on them.
 */
export function batchWrites(redis: Redis): void {
  const sendCommand = redis.sendCommand.bind(redis)
  let isHeld = false
  redis.sendCommand = (command, stream) => {
    const socket = redis.stream
    if (socket && !isHeld) {
      isHeld = true
      socket.cork()
      process.nextTick(() => {
        isHeld = false
        socket.uncork()
      })
    }
    return sendCommand(command, stream)
  }
}
