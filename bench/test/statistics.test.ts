import { describe, expect, it } from 'vitest'
import { formatNumber } from '../report/format-number.ts'
import { median, percentile, summarise } from '../report/statistics.ts'

describe('median', () => {
  it('is the middle value of an odd number of values', () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  it('is halfway between the two middle values of an even number of values', () => {
    expect(median([4, 1, 2, 10])).toBe(3)
  })

  it('throws without values', () => {
    expect(() => median([])).toThrow('no values were measured')
  })
})

describe('percentile', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index)

  it.each([
    [0, 1],
    [50, 100],
    [99, 198],
    [100, 200],
  ])('finds the %s %% value by nearest rank', (percent, expected) => {
    expect(percentile(values, percent)).toBe(expected)
  })

  it('is the highest value if there are too few for the rank', () => {
    expect(percentile([3, 1, 2], 99)).toBe(3)
  })

  it('throws without values', () => {
    expect(() => percentile([], 50)).toThrow('no values were measured')
  })
})

it('summarise returns the median and the spread', () => {
  expect(summarise([3, 1, 2, 50, 0.5])).toEqual({ median: 2, lowest: 0.5, highest: 50 })
})

it.each([
  [0.123, '0.12'],
  [2.54321, '2.54'],
  [31.4159, '31.4'],
  [314.159, '314'],
  [31_415.9, '31,416'],
  [Number.NaN, '–'],
])('formatNumber writes %s as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text)
})
