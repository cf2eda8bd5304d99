import type { SetupCheck } from '@ringer/service'
import type { Setup } from '../load-setup.ts'
import { accountChecks } from './account-checks.ts'
import { clockChecks } from './clock-checks.ts'
import { cometchatChecks } from './cometchat-checks.ts'
import { queueChecks } from './queue-checks.ts'
import { reachChecks } from './reach-checks.ts'
import { redisChecks } from './redis-checks.ts'
import { settingsChecks } from './settings-checks.ts'
import { stateChecks } from './state-checks.ts'
import { webhookChecks } from './webhook-checks.ts'

/** The groups of checks, in the order in which their results are printed. */
const groups: readonly ((setup: Setup) => readonly SetupCheck[])[] = [
  settingsChecks,
  redisChecks,
  clockChecks,
  queueChecks,
  reachChecks,
  accountChecks,
  cometchatChecks,
  webhookChecks,
  stateChecks,
]

/** Lists the checks of a set-up. None has begun. */
export const allChecks = (setup: Setup): SetupCheck[] => groups.flatMap(group => group(setup))
