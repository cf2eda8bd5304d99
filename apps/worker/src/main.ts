import { runMain, runRoom } from '@ringer/service'
import { createWorkerRoom } from './create-worker-room.ts'

await runMain(() => runRoom(createWorkerRoom(process.env)))
