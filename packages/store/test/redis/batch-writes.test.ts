import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { it as storeIt } from '../../../../test/fixtures/store.ts'

const it = storeIt.extend('client', async ({ store: { redis } }) => {
  if (!(redis instanceof Redis)) throw new TypeError('a client of one server is needed')
  await redis.ping()
  return redis
})

it('commands that are issued in one turn of the event loop leave in one write', async ({ client }) => {
  const { stream } = client
  const first = client.ping('one')
  await new Promise<void>(resolve => process.nextTick(resolve))
  const answers = Promise.all([first, client.ping('two'), client.ping('three')])
  expect(stream.writableCorked).toBe(1)
  await new Promise<void>(resolve => void setImmediate(resolve))
  expect(stream.writableCorked).toBe(0)
  expect(await answers).toEqual(['one', 'two', 'three'])
})

it('commands that are issued while the connection is lost are answered after it is back', async ({
  client,
}) => {
  const { stream } = client
  const before = client.ping('before')
  stream.destroy()
  const after = client.ping('after')
  expect(await Promise.all([before, after])).toEqual(['before', 'after'])
  expect(client.stream).not.toBe(stream)
  expect(await client.ping('later')).toBe('later')
})
