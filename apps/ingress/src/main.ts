import { runMain, runRoom } from '@ringer/service'
import { createIngressRoom } from './create-ingress-room.ts'

await runMain(() => runRoom(createIngressRoom(process.env)))
