import { AsyncResource } from 'node:async_hooks'
import { type Job, Worker } from 'bullmq'

/** How many jobs are asked for at once at most. */
const ASKED_AT_ONCE = 32

/** How long a worker waits before it asks again, while the queue's limit is used up, ms. Closing waits for it. */
const LIMITED_PAUSE_MS = 250

/**
 * How long to wait before asking for the next job, after one that the worker had to wait for, ms. Most likely there is no next
 * one yet, and the two commands that find this out delayed the first job's push by a millisecond.
 */
const HEAD_START_MS = 4

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)))

/**
 * A BullMQ worker that begins each job as soon as Redis has given it out. BullMQ's own loop asks for one job a round trip, and
 * begins no job until the queue is empty or all places are taken: with Redis 200 ms away and a job every 50 ms, each began about
 * 8 s late. Here each job that was there lets one more be asked for at once, so a queue far away is taken as fast as a near one
 * after a few round trips. An empty queue costs one command, which waits for a job.
 *
 * Everything else is BullMQ's: scripts, locks, retries, pausing and closing. Its private state is read, not copied.
 */
export class JobTaker extends Worker {
  /** How many jobs are being asked for now. */
  #asking = 0
  #inHand = 0
  /** How many jobs were found by asking since the queue was empty for the last time. */
  #found = 0
  #asked = 0
  #over = Promise.withResolvers<void>()
  /** Asks begin outside the job that makes room for them. Otherwise the trace of that job would go on in the next one. */
  #outside = new AsyncResource('JobTaker')

  /** Takes jobs until it is paused or closed and those in hand are over. */
  override async run(): Promise<void> {
    if (this.running) throw new Error('the worker takes jobs already')
    if (this.closing || this.paused) return
    this.running = true
    this.#over = Promise.withResolvers()
    this.mainLoopRunning = this.#over.promise
    this.#fill()
    await this.#over.promise
  }

  override async resume(): Promise<void> {
    await super.resume()
    if (this.running) this.#fill()
  }

  /** Adds places for jobs in hand; a negative count takes places away. Jobs in hand are finished in any case. */
  addPlaces(count: number): void {
    this.concurrency += count
    if (this.running) this.#fill()
  }

  /** Asks for a job beside the one that waits: the connection on which that one waits may be dead. */
  askAtOnce(): void {
    if (this.running && !this.#isEnding() && this.#isRoom())
      void this.#outside.runInAsyncScope(this.#ask, this)
  }

  #fill() {
    while (!this.#isEnding() && this.#mayAsk()) void this.#outside.runInAsyncScope(this.#ask, this)
    if (!this.#isEnding() || this.#asking + this.#inHand > 0) return
    this.running = false
    this.#over.resolve()
  }

  #isEnding = () => this.closing !== undefined || this.paused

  #isRoom = () => this.#asking + this.#inHand < this.concurrency

  #mayAsk(): boolean {
    // biome-ignore lint/complexity/useLiteralKeys: the only way to read a private field of BullMQ.
    const { isWaiting, isEmpty } = { isWaiting: Boolean(this['waiting']), isEmpty: this['drained'] }
    if (isEmpty) this.#found = 0
    return this.#isRoom() && !isWaiting && this.#asking < Math.min(Math.max(this.#found, 1), ASKED_AT_ONCE)
  }

  async #ask() {
    this.#asking += 1
    // biome-ignore lint/complexity/useLiteralKeys: the only way to read a private field of BullMQ.
    const wasEmpty = this['drained']
    const job = await this.#next()
    this.#asking -= 1
    if (!job) return this.#fill()
    void this.#handle(job)
    if (wasEmpty) setTimeout(() => this.#fill(), HEAD_START_MS)
    else this.#fill()
  }

  /** The next job. If the queue was empty when it was last asked, this waits for one, for `drainDelay` seconds at most. */
  async #next(): Promise<Job | undefined> {
    try {
      // biome-ignore lint/complexity/useLiteralKeys: the only way to read a private field of BullMQ.
      const limitedMs = this['limitUntil'] - Date.now()
      if (limitedMs > 0) await this.delay(Math.min(limitedMs, LIMITED_PAUSE_MS))
      this.#asked += 1
      // The public method does the same, but each wait would have a span of its own, which belongs to no call.
      // biome-ignore lint/complexity/useLiteralKeys: the only way to call a private method of BullMQ.
      return await this['_getNextJob'](`${this.id}:${this.#asked}`)
    } catch (error) {
      if (this.closing) return undefined
      // All that are on their way may fail now. Then one asks until Redis gives out jobs again.
      this.#found = 0
      this.emit('error', asError(error))
      await this.delay(this.opts.runRetryDelay)
      return undefined
    }
  }

  /** Handles a job, and then each that Redis gives out with the end of the one before. */
  async #handle(first: Job) {
    this.#inHand += 1
    this.#found += 1
    let job = await this.#process(first)
    while (job) {
      this.#fill()
      job = await this.#process(job)
    }
    this.#inHand -= 1
    this.#fill()
  }

  async #process(job: Job): Promise<Job | undefined> {
    const mayTakeNext = () => this.#asking + this.#inHand <= this.concurrency
    try {
      return (await this.processJob(job, job.token ?? '', mayTakeNext)) ?? undefined
    } catch (error) {
      this.emit('error', asError(error))
      return undefined
    }
  }
}
