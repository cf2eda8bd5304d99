import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createSeats } from '../../src/sending/connections/create-seats.ts'

/** Seats at a server whose connections the test opens. */
function startSeats({ idle = 0, idleLimitMs = 60_000 } = {}) {
  const attempts: { open(): PassThrough; fail(code: string): void; signal: AbortSignal }[] = []
  const state = { idle }
  const seats = createSeats({
    idle: () => state.idle,
    idleLimitMs,
    open: signal =>
      new Promise((resolve, reject) => {
        const fail = (code: string) => reject(Object.assign(new Error(code), { code }))
        signal.addEventListener('abort', () => fail('ABORTED'))
        const open = () => {
          const socket = new PassThrough()
          resolve(socket)
          return socket
        }
        attempts.push({ open, fail, signal })
      }),
  })
  return { seats, attempts, state }
}

describe('a seat', () => {
  it('is on an idle connection if there is one', async () => {
    const { seats, attempts } = startSeats({ idle: 1 })
    expect(await seats.take()).toMatchObject({ kind: 'seat' })
    expect(attempts).toHaveLength(0)
    // The idle connection is promised to the first request.
    void seats.take()
    expect(attempts).toHaveLength(1)
    seats.close()
  })

  it('is there when a connection has been opened, which is then handed out', async () => {
    const { seats, attempts } = startSeats()
    const taking = seats.take()
    expect(seats.hasSpare()).toBe(false)
    const socket = attempts[0]?.open()
    expect(await taking).toMatchObject({ kind: 'seat' })
    expect(seats.spare()).toBe(socket)
    expect(seats.hasSpare()).toBe(false)
  })

  it('is on a connection that another request leaves, if that is sooner', async () => {
    const { seats, state } = startSeats()
    let isSeated = false
    const taking = seats.take().finally(() => {
      isSeated = true
    })
    seats.admit()
    await new Promise(setImmediate)
    expect(isSeated).toBe(false)
    state.idle = 1
    seats.admit()
    expect(await taking).toMatchObject({ kind: 'seat' })
    seats.close()
  })

  it('that is released is there for the next request', async () => {
    const { seats, attempts } = startSeats({ idle: 1 })
    const first = await seats.take()
    const second = seats.take()
    if (first.kind === 'seat') first.release()
    expect(await second).toMatchObject({ kind: 'seat' })
    expect(attempts).toHaveLength(1)
    seats.close()
  })

  it('does not wait for a connection that takes long: another one is opened after a second', async () => {
    const { seats, attempts } = startSeats()
    const taking = seats.take()
    await expect.poll(() => attempts.length).toBe(2)
    const socket = attempts[1]?.open()
    expect(await taking).toMatchObject({ kind: 'seat' })
    expect(seats.spare()).toBe(socket)
    // The first one is given up after two seconds.
    await expect.poll(() => attempts[0]?.signal.aborted).toBe(true)
  })

  it('is refused with the reason if no connection can be opened', async () => {
    const { seats, attempts } = startSeats()
    const taking = [seats.take(), seats.take()]
    attempts[1]?.fail('ECONNREFUSED')
    expect(await taking[0]).toEqual({ kind: 'notConnected', code: 'ECONNREFUSED' })
    attempts[0]?.open()
    expect(await taking[1]).toMatchObject({ kind: 'seat' })
    seats.close()
    expect(await seats.take()).toEqual({ kind: 'notConnected', code: 'CLOSED' })
  })
})

describe('a connection that has had no request', () => {
  it('is not handed out after the server has closed it', async () => {
    const { seats, attempts } = startSeats()
    const taking = seats.take()
    const socket = attempts[0]?.open()
    await taking
    socket?.destroy()
    if (socket) await once(socket, 'close')
    expect(seats.hasSpare()).toBe(false)
  })

  it('is closed when it is doubtful, and when nobody has used it for long', async () => {
    const { seats, attempts } = startSeats({ idleLimitMs: 50 })
    void seats.take()
    const unused = attempts[0]?.open()
    await expect.poll(() => unused?.destroyed).toBe(true)
    void seats.take()
    const doubtful = attempts.at(-1)?.open()
    await expect.poll(() => seats.hasSpare()).toBe(true)
    seats.closeOlderThan(performance.now())
    expect(doubtful?.destroyed).toBe(true)
    expect(seats.spare()).toBeUndefined()
    seats.close()
  })
})
