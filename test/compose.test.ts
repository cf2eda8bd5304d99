import { createECDH } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readYaml } from './fixtures/read-yaml.ts'

const compose = readYaml(readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8'))
const services = Object.entries(compose.services as Record<string, Record<string, unknown>>)

describe('docker-compose.yml', () => {
  it('has the services that the README promises', () => {
    expect(services.map(([name]) => name).sort()).toEqual(['ingress', 'redis', 'simulator', 'worker'])
  })

  describe.each(services)('%s', (_, service) => {
    it('runs with a read-only root, without capabilities, and cannot gain rights', () => {
      expect(service.read_only).toBe('true')
      expect(service.cap_drop).toEqual(['ALL'])
      expect(service).not.toHaveProperty('cap_add')
      expect(service).not.toHaveProperty('privileged')
      expect(service.security_opt).toEqual(['no-new-privileges:true'])
    })

    it('has limits of memory, processes and CPU, and a bounded /tmp', () => {
      expect(service.mem_limit).toMatch(/^\d+m$/)
      expect(Number(service.pids_limit)).toBeGreaterThan(0)
      expect(Number(service.cpus)).toBeGreaterThan(0)
      expect(service.tmpfs).toEqual([expect.stringMatching(/^\/tmp:size=\d+m,.*noexec/)])
    })

    it('is published on loopback only, if at all', () => {
      for (const port of (service.ports ?? []) as string[]) expect(port).toMatch(/^127\.0\.0\.1:/)
    })
  })

  it('runs no service as root', () => {
    const dockerfile = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8')
    expect(dockerfile).toMatch(/^USER node$/m)
    for (const [name, service] of services) {
      if (service.image !== 'ringer-demo') expect(service.user, name).toMatch(/^[a-z]+$/)
    }
  })

  it('gives the ingress and the worker one VAPID pair, and lets both use the stand-in for push services', () => {
    const [ingress, worker] = ['ingress', 'worker'].map(
      name => new Map(services).get(name)?.environment as Record<string, string> | undefined,
    )
    const pair = createECDH('prime256v1')
    pair.setPrivateKey(worker?.VAPID_PRIVATE_KEY ?? '', 'base64url')
    const VAPID_PUBLIC_KEY = pair.getPublicKey('base64url')
    for (const environment of [ingress, worker])
      expect(environment).toMatchObject({ VAPID_PUBLIC_KEY, WEBPUSH_ENDPOINT_HOSTS: 'simulator' })
  })

  // The worker's settings name the simulator by this name, and the page answers only to names that it was told.
  it('tells the simulator its name in the network', () => {
    const simulator = new Map(services).get('simulator')
    expect(simulator?.environment).toMatchObject({ SIMULATOR_HOSTS: 'simulator', SIMULATOR_HOST: '0.0.0.0' })
  })
})
