import { describe, expect, it } from 'vitest'
import { isInside } from '../../src/outbound/is-inside.ts'

describe('an address that events may not be sent to', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.8.9.10', 'loopback'],
    ['0.0.0.0', 'this host'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'shared'],
    ['169.254.169.254', 'the metadata service of a cloud'],
    ['198.18.0.1', 'benchmarks'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'this host'],
    ['::1', 'loopback'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local, with its zone'],
    ['fc00::1', 'unique local'],
    ['fd00:ec2::254', 'the metadata service of a cloud'],
    ['ff02::1', 'multicast'],
    ['::ffff:10.0.0.1', 'private, as IPv6'],
    ['::ffff:7f00:1', 'loopback, as IPv6 in hex'],
    ['::10.0.0.1', 'private, in the old form'],
    ['64:ff9b::a00:1', 'private, through NAT64'],
    ['2002:a00:1::1', 'private, through 6to4'],
    ['2001::1', 'Teredo'],
    ['localhost', 'no address'],
    ['', 'no address'],
  ])('%s: %s', address => {
    expect(isInside(address)).toBe(true)
  })
})

describe('an address on the public internet', () => {
  it.each([
    ...['1.1.1.1', '8.8.8.8', '172.15.0.1', '172.32.0.1', '100.128.0.1', '169.253.0.1', '223.255.255.255'],
    ...['2606:4700:4700::1111', '2a00:1450::1', '2001:4860:4860::8888', '::ffff:8.8.8.8', '::ffff:808:808'],
  ])('%s', address => {
    expect(isInside(address)).toBe(false)
  })
})
