import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@ringer/fakes'
import { parse, stringify } from 'yaml'

export interface FiringAlert {
  name: string
  severity: string
  summary: string
  runbook: string
}

export interface Prometheus {
  url: string
  /** The alerts that fire now. */
  firing(): Promise<FiringAlert[]>
  close(): Promise<void>
}

interface Rules {
  groups: { rules: { for?: string }[] }[]
}
interface PrometheusAnswer {
  data: {
    alerts: {
      state: string
      labels: { alertname: string; severity: string }
      annotations: { summary: string; runbook: string }
    }[]
  }
}

const READY_LIMIT_MS = 15_000

/**
 * Starts a real Prometheus with the rules of deploy/prometheus/alerts.yml. It asks every two seconds, and alerts fire after 5 s instead of
 * after their `for`, so that nobody has to wait for minutes. What the rules look at stays as it is.
 *
 * @param folder for its files
 * @param targets `host:port` of each process's admin port
 */
export async function startPrometheus(folder: string, targets: Record<string, string>): Promise<Prometheus> {
  const rules = parse(
    readFileSync(new URL('../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8'),
  ) as Rules
  for (const rule of rules.groups.flatMap(group => group.rules)) if (rule.for) rule.for = '5s'
  const config = {
    global: { scrape_interval: '2s', evaluation_interval: '1s' },
    rule_files: ['alerts.yml'],
    scrape_configs: Object.entries(targets).map(([name, target]) => ({
      job_name: `ringer-${name}`,
      static_configs: [{ targets: [target] }],
    })),
  }
  writeFileSync(join(folder, 'alerts.yml'), stringify(rules))
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config))
  const port = await freePort()
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', () => resolve())
    child.once('error', () => reject(new Error('prometheus is not on the PATH: apt-get install prometheus')))
  })
  const url = `http://127.0.0.1:${port}`
  await Promise.race([untilScraped(url, child, Object.keys(targets).length), ended])
  return {
    url,
    async firing() {
      const { data } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as PrometheusAnswer
      return data.alerts
        .filter(({ state }) => state === 'firing')
        .map(({ labels, annotations }) => ({
          name: labels.alertname,
          severity: labels.severity,
          ...annotations,
        }))
    },
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Resolves when it has looked at every target, and no longer misses the worker. */
async function untilScraped(url: string, child: ChildProcess, targets: number): Promise<void> {
  const limit = Date.now() + READY_LIMIT_MS
  const query = `count(up == 1) == ${targets} unless on () (count(ALERTS{alertname="RingerNoWorker"}) > 0)`
  while (child.exitCode === null) {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`).catch(
      () => undefined,
    )
    const { data } = answer?.ok ? ((await answer.json()) as { data: { result: unknown[] } }) : {}
    if (data && data.result.length > 0) return
    if (Date.now() > limit) throw new Error('Prometheus was not ready in time')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
