// Preload module: tells the campaign when this process got no processor for a while, because the machine is busy.

const BEAT_MS = 50
/** A shorter pause is not reported. */
const PAUSE_MS = 200
/** A process that used more of the pause than this was busy itself. That is its own fault, and is not reported. */
const OWN_SHARE = 0.5

// Not Date.now, which a campaign may make wrong.
const now = () => performance.timeOrigin + performance.now()

let beatAt = now()
let usedMs = used()

function used() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

setInterval(() => {
  const [from, to, before] = [beatAt, now(), usedMs]
  beatAt = to
  usedMs = used()
  const starved = { from, to, usedMs: usedMs - before }
  if (to - from >= PAUSE_MS && starved.usedMs <= OWN_SHARE * (to - from)) process.send?.({ starved })
}, BEAT_MS).unref()
