/** Returns ms of the machine's monotonic clock, which all processes on it share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6
