/** Loaded first into each process of a bench with `--profile`: writes every few seconds what the CPU was used for. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { join } from 'node:path'

const INTERVAL_MS = 3_000
const SAMPLE_US = 250

const { BENCH_PROFILE_FOLDER: folder = '.', BENCH_PROFILE_NAME: name = 'process' } = process.env
const session = new Session()
let written = 0

session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US })
session.post('Profiler.start')
// The bench ends its processes with SIGKILL, so nothing can be written at the end.
setInterval(() => {
  session.post('Profiler.stop', (error, result) => {
    session.post('Profiler.start')
    if (error) return
    written += 1
    const file = `${name}-${process.pid}-${written}.cpuprofile`
    writeFileSync(join(folder, file), JSON.stringify(result.profile))
  })
}, INTERVAL_MS).unref()
