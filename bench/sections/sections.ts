import { group } from './group.ts'
import { idle } from './idle.ts'
import { ingress } from './ingress.ts'
import { latency } from './latency.ts'
import { pipeline } from './pipeline.ts'
import { redisCost } from './redis-cost.ts'
import type { Section } from './section.ts'
import { streams } from './streams.ts'

/** All parts of the bench, in the order in which they run. */
export const sections: readonly Section[] = [ingress, pipeline, latency, group, redisCost, idle, streams]
