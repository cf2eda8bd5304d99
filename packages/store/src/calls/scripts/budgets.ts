import { script } from '../../redis/run-script.ts'
import { COUNTER_TTL_MS, REASON, whose } from '../budgets.ts'

const words = Object.entries(whose).map(([budget, text]) => `${budget} = '${text}'`)

/**
 * Lua functions for budgets. A charge is `{ budget, limit, first?, key }`. A call that is refused uses up nothing:
 * otherwise one caller's flood would also use up what others may call.
 */
export const BUDGETS = `
local whose = { ${words.join(', ')} }
local function reasonOf(charge) return string.format('${REASON}', charge.limit, whose[charge.budget]) end
-- Gives each charge its key. The keys follow each other, beginning with this one.
local function withKeys(charges, first)
  for i, charge in ipairs(charges) do charge.key = KEYS[first + i - 1] end
  return charges
end
-- Returns the charge that is over its limit. If there is none, counts one call for each, and returns nil and the largest count.
local function spend(charges)
  local ofPair
  for _, charge in ipairs(charges) do
    local used, limit = tonumber(redis.call('GET', charge.key) or '0'), charge.limit
    if charge.budget == 'pair' then ofPair = used end
    if charge.first and ofPair < charge.first.calls then limit = charge.first.limit end
    if used >= limit then
      charge.counted, charge.allowed = used, limit
      return charge
    end
  end
  local most = 1
  for _, charge in ipairs(charges) do
    local count = redis.call('INCR', charge.key)
    if count == 1 then redis.call('PEXPIRE', charge.key, ${COUNTER_TTL_MS}) end
    most = math.max(most, count)
  end
  return nil, most
end
-- Does so once for a call to a group, and remembers the result for its other members.
local function spendOnce(charges, decision)
  if #charges == 0 then return nil end
  local known = redis.call('GET', decision)
  if known then
    local index, counted, allowed = string.match(known, '^(%d+) (%d+) (%d+)$')
    local charge = charges[tonumber(index or known)]
    if charge then charge.counted, charge.allowed = tonumber(counted), tonumber(allowed) end
    return charge
  end
  local over, index = spend(charges), 0
  for i, charge in ipairs(charges) do if charge == over then index = i end end
  local what = over and string.format('%d %d %d', index, over.counted, over.allowed) or '0'
  redis.call('SET', decision, what, 'PX', ${COUNTER_TTL_MS})
  return over
end
local function refusalOf(charge, caller)
  return cjson.encode({ budget = charge.budget, limit = charge.allowed, counted = charge.counted, caller = caller })
end
`

/**
 * Decides whether a group is rung, before its members are listed. If it is not, the reason becomes the call's note.
 *
 * KEYS call; decision, counter of each charge
 * ARGV charges (JSON), time to live of the call (ms), beginning of the note, the caller's uid
 * Returns the budget that is used up, or ''.
 */
export const ADMIT = script(`
${BUDGETS}
local over = spendOnce(withKeys(cjson.decode(ARGV[1]), 3), KEYS[2])
if not over then return '' end
redis.call('HSET', KEYS[1], 'why', 'over-budget', 'note', ARGV[3] .. reasonOf(over), 'refusal', refusalOf(over, ARGV[4]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return over.budget
`)
