import type { Measured } from '../report/turn.ts'
import type { Section } from '../sections/section.ts'

/** A small section. Its ratio is 0.8 in the median of its three turns; the ratio of the medians would be 0.9. */
export const sampleSection: Section = {
  name: 'sample',
  title: 'Calls & pushes',
  method: 'As in the tests.',
  sides: ['Ringer', 'bare'],
  cases: ['1 worker', '2 workers'],
  metrics: { 'calls/s': { unit: '' }, memory: { unit: 'MB' } },
  plots: ['calls/s'],
  ratios: {
    'calls/s': turn => turn.of('Ringer', '1 worker', 'calls/s') / turn.of('bare', '1 worker', 'calls/s'),
  },
  figures: {
    'against the floor': {
      ...{ unit: '×', atLeast: 0.75 },
      of: turn => turn.of('Ringer', '1 worker', 'calls/s') / turn.of('bare', '1 worker', 'calls/s'),
    },
    memory: { unit: 'MB', atMost: 200, of: turn => turn.of('Ringer', '1 worker', 'memory') },
  },
  measure: async () => ({}),
}

export const sampleTurns: Measured[] = [
  turnOf(900, 1_000, 210),
  turnOf(400, 500, 230),
  turnOf(1_400, 2_000, 220),
]

function turnOf(ringer: number, bare: number, memory: number): Measured {
  return {
    Ringer: { '1 worker': { 'calls/s': ringer, memory }, '2 workers': { 'calls/s': ringer * 2 } },
    bare: { '1 worker': { 'calls/s': bare }, '2 workers': { 'calls/s': bare * 2 } },
  }
}
