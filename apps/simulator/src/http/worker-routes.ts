import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { WorkersControl } from '../chaos/workers-control.ts'
import { Refusal } from '../refusal.ts'
import { parseRequest } from './parse-request.ts'

const chosenWorker = z.object({ id: z.string().min(1).max(50) })

/** Kills one of Ringer's workers, if this process can. Answers with the worker's id and the pid that it had. */
export function workerRoutes(server: FastifyInstance, workers: WorkersControl | undefined): void {
  server.post('/api/workers/:id/kill', async request => {
    const { id } = parseRequest(chosenWorker, request.params)
    const worker = workers?.list().find(known => known.id === id)
    if (!workers || !worker) throw new Refusal(404, 'unknown_worker', `there is no worker ${id}`)
    if (!worker.alive)
      throw new Refusal(409, 'worker_dead', `worker ${id} is dead already; it is started again automatically`)
    workers.kill(id)
    return { id, pid: worker.pid }
  })
}
