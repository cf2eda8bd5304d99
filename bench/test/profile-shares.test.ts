import { expect, it } from 'vitest'
import { renderShares, sharesOf } from '../report/profile-shares.ts'

const at = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } })
const profile = {
  nodes: [
    at(1, '(idle)', ''),
    at(2, '(garbage collector)', ''),
    at(3, 'writev', ''),
    at(4, 'parse', 'file:///srv/ringer/node_modules/zod/v4/core/parse.js'),
    at(5, 'send', 'file:///srv/ringer/node_modules/@parse/node-apn/lib/client.js'),
    at(6, 'ringCall', 'file:///srv/ringer/apps/worker/src/calls/ring-call.ts'),
    at(7, 'emit', 'node:events'),
    at(8, 'post', 'node:inspector'),
  ],
  samples: [1, 2, 3, 4, 5, 6, 6, 7, 8],
  timeDeltas: [1_000_000, 100_000, 100_000, 100_000, 100_000, 200_000, 200_000, 200_000, 500_000],
}

it('tells what a process spent its CPU time on, by workspace and package', () => {
  const { busySeconds, shares } = sharesOf('worker', [profile, profile])
  expect(busySeconds).toBeCloseTo(2)
  expect(shares).toEqual([
    ['apps/worker', 0.4],
    ["Node's JavaScript", 0.2],
    ['garbage collection', 0.1],
    ['native code', 0.1],
    ['zod', 0.1],
    ['@parse/node-apn', 0.1],
  ])
  expect(renderShares([sharesOf('worker', [profile])])).toContain('| apps/worker | 40.0 % |')
})

it('has nothing to tell of a process that did nothing', () => {
  expect(sharesOf('worker', [])).toEqual({ name: 'worker', busySeconds: 0, shares: [] })
})
