import { z } from 'zod'
import type { ConfigGroup } from './load-config.ts'

const QUEUES = ['calls', 'pushes-apns', 'pushes-fcm'] as const
const queue = z.enum(QUEUES)
const unknownQueue = `must be a list of ${QUEUES.join(', ')}`

const fields = {
  WORKER_QUEUES: z
    .string()
    .default(QUEUES.join(','))
    .transform(list => list.split(',').map(name => name.trim()))
    .refine(names => names.every(name => queue.safeParse(name).success), unknownQueue)
    .transform(names => names.flatMap(name => queue.safeParse(name).data ?? [])),
}

/** Which of the queues a worker process serves: all of them unless it is told otherwise. */
export const workerGroup = {
  fields,
  build: values => ({ queues: values.WORKER_QUEUES }),
} satisfies ConfigGroup<typeof fields, unknown>
