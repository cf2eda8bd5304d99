import { z } from 'zod'
import type { ConfigGroup } from './config-group.ts'

/**
 * How many calls a minute ring. No honest use reaches these: a person redials every few seconds, a help desk calls all day, a
 * group of 1,000 meets every half hour.
 */
export const defaultBudgets = {
  /** From one caller to one recipient. */
  pair: 30,
  /** From one caller. A call to a group counts once. */
  caller: 120,
  /** To one recipient, from all callers. */
  recipient: 120,
  /** To one group. */
  group: 10,
}

const names = Object.keys(defaultBudgets)
const RULE = `must be off, or a list of calls a minute for some of ${names.join(', ')}, such as caller=600,group=30`
const LIMIT = new RegExp(`^(${names.join('|')})=([1-9]\\d{0,5})$`)

const fields = {
  RINGER_BUDGETS: z
    .string()
    .refine(text => text === 'off' || text.split(',').every(entry => LIMIT.test(entry.trim())), RULE)
    .optional()
    .meta({
      description:
        'how many calls a minute ring: from one caller to one recipient, from one caller, to one recipient, to one group. Name those that you change, as in `caller=600,group=30`, or `off`. [The same on both processes](deploy.md#budgets)',
      default: 'pair=30,caller=120,recipient=120,group=10',
    }),
}

/** The budgets of one tenant, or undefined if they are off. */
export const budgetsGroup = {
  fields,
  build({ RINGER_BUDGETS: text }) {
    if (text === 'off') return undefined
    const own = (text?.split(',') ?? []).map(entry => entry.trim().split('=') as [string, string])
    return { ...defaultBudgets, ...Object.fromEntries(own.map(([name, limit]) => [name, Number(limit)])) }
  },
} satisfies ConfigGroup<typeof fields, unknown>
