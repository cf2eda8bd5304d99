import { describe, expect, it } from 'vitest'
import { createCommandCounter } from '../processes/count-commands.ts'

const encode = (...parts: string[]) =>
  `*${parts.length}\r\n${parts.map(part => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`

const sent = Buffer.from(
  [
    encode('EVALSHA', 'abc', '1', 'key', 'a value with\r\n*3\r\n$4\r\nPING\r\n in it'),
    encode('PING'),
    encode('evalsha', 'abc', '0'),
    encode('SET', 'key', 'ü'.repeat(300)),
    encode('SET', 'empty', ''),
  ].join(''),
)
const names = { evalsha: 2, set: 2, ping: 1 }

describe('createCommandCounter', () => {
  it('counts commands by name, and takes no value for a command', () => {
    const counter = createCommandCounter()
    counter.connection()(sent)
    expect(counter.total()).toBe(5)
    expect(counter.names()).toEqual(names)
  })

  it.each([1, 2, 3, 7, 16, 64])('counts the same in chunks of %s bytes', size => {
    const counter = createCommandCounter()
    const take = counter.connection()
    for (let at = 0; at < sent.length; at += size) take(sent.subarray(at, at + size))
    expect(counter.total()).toBe(5)
    expect(counter.names()).toEqual(names)
  })

  it('keeps connections apart', () => {
    const counter = createCommandCounter()
    const [first, second] = [counter.connection(), counter.connection()]
    first(sent.subarray(0, 20))
    second(sent)
    first(sent.subarray(20))
    expect(counter.total()).toBe(10)
  })
})
