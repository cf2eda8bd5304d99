import { createProcessMetrics, runMain, runRoom, startTracing } from '@ringer/service'
import { createIngressRoom } from './create-ingress-room.ts'

await runMain(async () => {
  const tracing = await startTracing('ingress', process.env)
  await runRoom(createIngressRoom(process.env, createProcessMetrics('ingress'), tracing), tracing)
})
