import { readFileSync } from 'node:fs'
import { providerSettings, providers } from '@ringer/providers'
import { settingNames } from '@ringer/service'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

interface Service {
  image: string
  user?: string
  command?: unknown
  environment?: Record<string, string>
  secrets?: string[]
  networks: string[]
  ports?: string[]
  [option: string]: unknown
}
const compose = parse(read('deploy/compose.production.yml'), { merge: true }) as {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean } | null>
  secrets: Record<string, { file: string }>
}
const services = Object.entries(compose.services)
const known = new Set(settingNames(providerSettings(providers)))
const isSetting = (name: string) => known.has(name) || known.has(name.replace(/_FILE$/, ''))

describe('deploy/compose.production.yml', () => {
  it('has Caddy, ingresses, workers and Redis', () => {
    expect(services.map(([name]) => name)).toEqual(['caddy', 'ingress', 'worker', 'redis'])
  })

  describe.each(services)('%s', (name, service) => {
    it('runs with a read-only root, without rights, within limits, and with logs that rotate', () => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
        mem_limit: expect.stringMatching(/^\d+[mg]$/),
        pids_limit: expect.any(Number),
      })
      expect(service.cap_add ?? []).toEqual(name === 'caddy' ? ['NET_BIND_SERVICE'] : [])
    })

    it('gets each secret that it names, and no other', () => {
      const text = JSON.stringify([service.environment, service.command])
      const named = Array.from(text.matchAll(/\/run\/secrets\/([\w.]+)/g), ([, secret]) => secret)
      expect([...new Set(named)].sort()).toEqual([...(service.secrets ?? [])].sort())
      for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty([secret])
    })

    it('has only settings that exist, and no secret among them', () => {
      if (name === 'caddy') return
      const names = Object.keys(service.environment ?? {})
      expect(names.filter(setting => !isSetting(setting))).toEqual([])
      expect(names.filter(setting => /PASSWORD$|_KEY$|SECRET$|TOKEN$/.test(setting))).toEqual([])
    })

    it('publishes ports only if the service is Caddy', () => {
      expect(service.ports !== undefined).toBe(name === 'caddy')
    })
  })

  it.each(['apns.p8', 'fcm.json'])(
    'starts without %s if the lines that name it are deleted, as the docs say',
    file => {
      expect(read('docs/production.md')).toContain(
        `sed -i '/${file.replace('.', '\\.')}/d' deploy/compose.production.yml`,
      )
      const lines = read('deploy/compose.production.yml').split('\n')
      const left = parse(lines.filter(line => !line.includes(file)).join('\n'), { merge: true })
      const without = structuredClone(compose)
      delete without.secrets[file]
      const worker = without.services.worker as Service
      worker.secrets = worker.secrets?.filter(secret => secret !== file)
      worker.environment = Object.fromEntries(
        Object.entries(worker.environment ?? {}).filter(([, value]) => !value.endsWith(`/${file}`)),
      )
      expect(left).toEqual(without)
    },
  )

  it('keeps Redis in a network that leads nowhere else', () => {
    expect(compose.services.redis?.networks).toEqual(['store'])
    expect(compose.networks.store?.internal).toBe(true)
  })

  it('has only existing settings to fill in', () => {
    const names = Array.from(read('deploy/ringer.env.example').matchAll(/^(\w+)=/gm), ([, name = '']) => name)
    expect(names.filter(name => name !== 'DOMAIN' && !isSetting(name))).toEqual([])
  })
})

describe('deploy/Caddyfile', () => {
  const caddyfile = read('deploy/Caddyfile')
  const [, paths = ''] = /@ringer path (.+)/.exec(caddyfile) ?? []
  const patterns = paths.split(' ')
  const isPassed = (path: string) =>
    patterns.some(pattern =>
      pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern,
    )

  const document = JSON.parse(read('docs/openapi.json')) as {
    paths: Record<string, { servers?: unknown }>
  }
  const isPublic = (path: string) => document.paths[path]?.servers === undefined && path !== '/health/live'
  const routes = Object.keys(document.paths)

  it('passes each public route, and none of the admin port', () => {
    expect(routes.filter(path => isPassed(path) !== isPublic(path))).toEqual([])
  })

  it('logs no state URL and no query', () => {
    // The log of requests, and that of errors.
    expect(caddyfile.split(String.raw`request>uri regexp "^/r/.*|\?.*"`)).toHaveLength(3)
  })
})
