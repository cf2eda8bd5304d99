/**
 * Preloaded into the demo's processes: kills the process when the one that started it is gone, even by SIGKILL. Nothing of the
 * demo is worth a graceful end without the demo.
 */
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// A listener would keep the process alive.
process.channel?.unref()
