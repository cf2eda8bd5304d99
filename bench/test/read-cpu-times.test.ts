import { describe, expect, it } from 'vitest'
import { foreignShare, parseCpuTimes } from '../stage/read-cpu-times.ts'

const own = '42 (node (v24) x) S 1 42 42 0 -1 4194304 9 9 0 0 100 20 30 4 20 0 11 0 500'

describe('parseCpuTimes', () => {
  it('counts neither idle time nor waiting for disks as work', () => {
    expect(parseCpuTimes('cpu  10 1 5 70 8 2 3 1 99 99\ncpu0 1 1 1 1\n', own)).toEqual({
      ...{ all: 100, busy: 22 },
      // Its own time in user and kernel mode, and that of its children that have ended.
      own: 154,
    })
  })
})

describe('foreignShare', () => {
  const before = { all: 1_000, busy: 500, own: 100 }

  it('is what others have worked, as a share of all CPUs', () => {
    expect(foreignShare(before, { all: 1_200, busy: 650, own: 200 })).toBe(0.25)
  })

  it('is 0 if only this bench has worked', () => {
    expect(foreignShare(before, { all: 1_200, busy: 600, own: 205 })).toBe(0)
  })
})
