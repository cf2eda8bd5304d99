import type { SectionResult } from './build-result.ts'
import { formatNumber } from './format-number.ts'

/** A ratio may be this much below the committed one. */
const TOLERANCE = 0.15

type Ratios = Pick<SectionResult, 'section' | 'ratios'>

/** Compares the ratios of a run with the committed ones. Returns what is wrong: nothing, if no ratio fell too far. */
export function checkRatios(measured: Ratios, committed: Ratios | undefined): string[] {
  const { section } = measured
  if (!committed)
    return [`${section}: there is no committed result; run npm run bench -- --only ${section} --save`]
  return Object.entries(committed.ratios).flatMap(([name, { median: before }]) => {
    const now = measured.ratios[name]?.median
    if (now === undefined)
      return [`${section}: the ratio "${name}" is no longer measured; save the results again`]
    if (now >= before * (1 - TOLERANCE)) return []
    const percent = Math.round((1 - now / before) * 100)
    return [
      `${section}: ${name}: ${formatNumber(now)}, ${percent} % below the committed ${formatNumber(before)} (at most 15 % are allowed)`,
    ]
  })
}
