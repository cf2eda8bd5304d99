import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { providerSettings, providers } from '@ringer/providers'
import { settingNames } from '@ringer/service'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { findObjections, type Manifest } from './find-objections.ts'

const folder = fileURLToPath(new URL('../../deploy/kubernetes/', import.meta.url))
const overlays = ['small', 'large', 'monitored']

/** kubectl renders the overlays. Debian's is too old for them, so the tests that need it are skipped without a newer one. */
const kubectl = spawnSync('kubectl', ['version', '--client', '--output=json'])
const minor =
  kubectl.status === 0 ? Number(JSON.parse(`${kubectl.stdout}`).clientVersion.minor.replace(/\D/g, '')) : 0
const canRender = minor >= 27

const read = (text: string) => parseAllDocuments(text).map(document => document.toJS() as Manifest)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path =>
  path.endsWith('.yaml'),
)
const written = files
  .filter(path => !path.endsWith('kustomization.yaml'))
  .flatMap(path => read(readFileSync(join(folder, path), 'utf8')))

interface Container {
  name: string
  image: string
  args: string[]
  env: { name: string; value: string }[]
  envFrom: { configMapRef: { name: string } }[]
  ports: { name: string; containerPort: number }[]
  readinessProbe: { httpGet: { path: string; port: string } }
  livenessProbe: { httpGet: { path: string; port: string } }
  startupProbe: { httpGet: { path: string; port: string } }
  securityContext: object
  resources: { requests: object; limits: { memory: string } }
}
interface PodSpec {
  containers: [Container]
  volumes: { secret: { secretName: string; items: { key: string; path: string }[] } }[]
  terminationGracePeriodSeconds: number
  securityContext: object
}
interface Pods {
  name: string
  labels: Record<string, string>
  spec: PodSpec
}

/** The spec of an object that has to be there. */
function specOf<Spec>(manifest: Manifest | undefined): Spec {
  if (!manifest) throw new Error('the object is not there')
  return manifest.spec as Spec
}

const podsOf = (manifests: readonly Manifest[]): Pods[] =>
  manifests
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata, spec }) => {
      const { template } = spec as {
        template: { metadata: { labels: Record<string, string> }; spec: PodSpec }
      }
      return { name: metadata.name, labels: template.metadata.labels, spec: template.spec }
    })

const settings = Object.fromEntries(
  readFileSync(join(folder, 'base/settings.env'), 'utf8')
    .split('\n')
    .filter(line => /^\w/.test(line))
    .map(line => line.split(/=(.*)/s).slice(0, 2)),
) as Record<string, string>

describe('every object of deploy/kubernetes', () => {
  it.each(written.map(manifest => [manifest.kind, manifest.metadata.name, manifest] as const))(
    '%s %s is what its schema allows',
    (_, __, manifest) => expect(findObjections(manifest)).toEqual([]),
  )

  it('would be refused with a wrong type, or with a field that does not exist', () => {
    const [deployment] = written.filter(({ kind }) => kind === 'Deployment')
    const broken = structuredClone(deployment) as Manifest & {
      spec: { replicas: unknown; replicaz?: number }
    }
    broken.spec.replicas = '2'
    expect(findObjections(broken).join()).toMatch(/replicas must be integer/)
    broken.spec.replicas = 2
    broken.spec.replicaz = 3
    expect(findObjections(broken)).toEqual(['apps/v1 Deployment.spec.replicaz is not a field'])
  })
})

describe('the pods', () => {
  const known = new Set(settingNames(providerSettings(providers)))

  it.each(podsOf(written))('$name get settings that exist', ({ spec: { containers } }) => {
    const names = [...Object.keys(settings), ...containers[0].env.map(({ name }) => name)]
    expect(names.filter(name => !known.has(name) && !known.has(name.replace(/_FILE$/, '')))).toEqual([])
  })

  it.each(podsOf(written))('$name get each secret that their settings name, and no other', ({ spec }) => {
    const values = [...Object.values(settings), ...spec.containers[0].env.map(({ value }) => value)]
    const named = values.flatMap(value => /^\/run\/secrets\/ringer\/(.+)$/.exec(value)?.[1] ?? [])
    const [volume] = spec.volumes
    expect(volume?.secret.items.map(({ path }) => path).sort()).toEqual(named.sort())
    expect(volume?.secret.items.every(({ key, path }) => key === path)).toBe(true)
  })

  it.each(podsOf(written))('$name are probed on ports that they have', ({ spec: { containers } }) => {
    const [{ ports, readinessProbe, livenessProbe, startupProbe }] = containers
    const names = ports.map(({ name }) => name)
    for (const probe of [readinessProbe, livenessProbe, startupProbe])
      expect(names).toContain(probe.httpGet.port)
    expect(readinessProbe.httpGet.path).toBe('/health/ready')
    expect(livenessProbe.httpGet.path).toBe('/health/live')
  })

  it.each(podsOf(written))('$name run without rights, on a root that cannot be written', ({ spec }) => {
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(spec.containers[0].securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    })
    expect(spec.containers[0].resources.limits.memory).toMatch(/Mi$/)
  })

  it.each(podsOf(written))('$name have time to finish', ({ spec }) => {
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(15)
  })

  it.each(podsOf(written))('$name start a file that the image has', ({ spec: { containers } }) => {
    const [path = ''] = containers[0].args
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toContain('runRoom')
  })
})

const title = canRender
  ? 'rendered by kubectl'
  : 'rendered by kubectl (skipped: no kubectl of version 1.27 or newer on the PATH)'
describe.runIf(canRender)(title, () => {
  const rendered = new Map(
    (canRender ? overlays : []).map(name => [
      name,
      read(
        execFileSync('kubectl', ['kustomize', join(folder, name)], {
          stdio: ['ignore', 'pipe', 'pipe'],
        }).toString(),
      ),
    ]),
  )

  describe.each(overlays)('the overlay %s', name => {
    const manifests = rendered.get(name) ?? []
    const pods = podsOf(manifests)
    const find = (kind: string) => manifests.filter(manifest => manifest.kind === kind)
    const selects = (selector: Record<string, string>, labels: Record<string, string>) =>
      Object.entries(selector).every(([label, value]) => labels[label] === value)

    it('is what the schemas allow', () => {
      expect(manifests.flatMap(findObjections)).toEqual([])
    })

    it('is all in the namespace ringer', () => {
      const elsewhere = manifests.filter(
        ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'ringer',
      )
      expect(elsewhere).toEqual([])
    })

    it('gives the pods only ConfigMaps that it contains', () => {
      const made = find('ConfigMap').map(({ metadata }) => metadata.name)
      for (const { spec } of pods)
        for (const { configMapRef } of spec.containers[0].envFrom) expect(made).toContain(configMapRef.name)
    })

    it('has Services, budgets and policies that select pods, and ports that these have', () => {
      for (const { metadata, spec } of [
        ...find('Service'),
        ...find('PodDisruptionBudget'),
        ...find('NetworkPolicy'),
      ]) {
        const {
          selector,
          podSelector,
          ports = [],
        } = spec as {
          selector?: Record<string, string> & { matchLabels?: Record<string, string> }
          podSelector?: { matchLabels: Record<string, string> }
          ports?: { targetPort: string }[]
        }
        const labels = podSelector?.matchLabels ?? selector?.matchLabels ?? selector ?? {}
        const selected = pods.filter(pod => selects(labels, pod.labels))
        expect(selected.length, metadata.name).toBeGreaterThan(0)
        for (const pod of selected)
          for (const { targetPort } of ports)
            expect(
              pod.spec.containers[0].ports.map(({ name }) => name),
              metadata.name,
            ).toContain(targetPort)
      }
    })

    it('leads the public host to a port of a Service', () => {
      const [ingress] = find('Ingress')
      const { rules } = specOf<{
        rules: { http: { paths: { backend: { service: { name: string; port: { name: string } } } }[] } }[]
      }>(ingress)
      const { service } = rules[0]?.http.paths[0]?.backend ?? {}
      const target = find('Service').find(({ metadata }) => metadata.name === service?.name)
      const { ports } = specOf<{ ports: { name: string }[] }>(target)
      expect(ports.map(({ name }) => name)).toContain(service?.port.name)
    })

    it('scales Deployments that exist, each by one autoscaler, which then decides their number', () => {
      const scaled = [...find('HorizontalPodAutoscaler'), ...find('ScaledObject')].map(
        ({ spec }) => (spec as { scaleTargetRef: { name: string } }).scaleTargetRef.name,
      )
      expect(new Set(scaled).size).toBe(scaled.length)
      const deployments = find('Deployment')
      expect(deployments.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(scaled))
      const fixed = deployments
        .filter(({ spec }) => (spec as { replicas?: number }).replicas !== undefined)
        .map(({ metadata }) => metadata.name)
      expect(fixed.filter(each => scaled.includes(each))).toEqual([])
    })

    it('allows traffic to all ports of its own pods, and to no other', () => {
      const policies = find('NetworkPolicy').flatMap(({ spec }) => {
        const { podSelector, ingress = [] } = spec as {
          podSelector: { matchLabels: Record<string, string> }
          ingress?: { ports: { port: string }[] }[]
        }
        return ingress.flatMap(({ ports }) =>
          ports.map(({ port }) => ({ labels: podSelector.matchLabels, port })),
        )
      })
      for (const pod of pods) {
        const allowed = policies.filter(({ labels }) => selects(labels, pod.labels)).map(({ port }) => port)
        expect(allowed.sort()).toEqual(pod.spec.containers[0].ports.map(({ name }) => name).sort())
      }
    })
  })

  it('the ServiceMonitor finds the Service with the admin ports', () => {
    const manifests = rendered.get('monitored') ?? []
    const { selector, endpoints } = specOf<{
      selector: { matchLabels: Record<string, string> }
      endpoints: { port: string }[]
    }>(manifests.find(({ kind }) => kind === 'ServiceMonitor'))
    const found = manifests.filter(
      ({ kind, metadata }) =>
        kind === 'Service' &&
        Object.entries(selector.matchLabels).every(([label, value]) => metadata.labels?.[label] === value),
    )
    expect(found).toHaveLength(1)
    const { ports } = specOf<{ ports: { name: string }[] }>(found[0])
    expect(ports.map(({ name }) => name)).toEqual(endpoints.map(({ port }) => port))
  })
})

it('the rules for the operator are those of deploy/prometheus', () => {
  const rules = parse(readFileSync(join(folder, '../prometheus/alerts.yml'), 'utf8'))
  const manifest = written.find(({ kind }) => kind === 'PrometheusRule')
  expect(manifest?.spec).toEqual(rules)
})
