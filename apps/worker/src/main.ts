import { createProcessMetrics, runMain, runRoom, startTracing } from '@ringer/service'
import { createWorkerRoom } from './create-worker-room.ts'

await runMain(async () => {
  const tracing = await startTracing('worker', process.env)
  await runRoom(createWorkerRoom(process.env, createProcessMetrics('worker'), tracing), tracing)
})
