import { runMain, runRoom } from '@ringer/service'
import { createWorkerRoom } from './process/create-worker-room.ts'

await runMain(() => runRoom(createWorkerRoom(process.env)))
