import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { WorkersControl } from '../chaos/workers-control.ts'
import { Refusal } from '../simulation/refusal.ts'
import { parseRequest } from './parse-request.ts'

const chosen = z.object({ id: z.string().min(1).max(50) })

/** Kills Ringer's workers, where this process has power over them. Answers with the worker's id and the pid it had. */
export function workerRoutes(app: FastifyInstance, workers: WorkersControl | undefined): void {
  app.post('/api/workers/:id/kill', async request => {
    const { id } = parseRequest(chosen, request.params)
    const worker = workers?.list().find(known => known.id === id)
    if (!workers || !worker) throw new Refusal(404, 'unknown_worker', `there is no worker ${id} here`)
    if (!worker.alive) throw new Refusal(409, 'worker_dead', `worker ${id} is dead; it comes back by itself`)
    workers.kill(id)
    return { id, pid: worker.pid }
  })
}
