import * as keda from '@kubernetes-models/keda/keda.sh/v1alpha1'
import * as operator from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import * as apps from 'kubernetes-models/apps/v1'
import * as autoscaling from 'kubernetes-models/autoscaling/v2'
import * as networking from 'kubernetes-models/networking.k8s.io/v1'
import * as policy from 'kubernetes-models/policy/v1'
import * as core from 'kubernetes-models/v1'

/** An object of Kubernetes, as it is in a file. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  [field: string]: unknown
}

interface Model {
  /** Checks `this`. The constructor would copy it, and read every field. */
  prototype: { validate(): void }
}

/** The kinds that the manifests use, with the validators of their published schemas. */
const models: Record<string, Model> = {
  'v1 Namespace': core.Namespace,
  'v1 ConfigMap': core.ConfigMap,
  'v1 Service': core.Service,
  'apps/v1 Deployment': apps.Deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': autoscaling.HorizontalPodAutoscaler,
  'networking.k8s.io/v1 Ingress': networking.Ingress,
  'networking.k8s.io/v1 NetworkPolicy': networking.NetworkPolicy,
  'policy/v1 PodDisruptionBudget': policy.PodDisruptionBudget,
  'keda.sh/v1alpha1 ScaledObject': keda.ScaledObject,
  'monitoring.coreos.com/v1 ServiceMonitor': operator.ServiceMonitor,
  'monitoring.coreos.com/v1 PrometheusRule': operator.PrometheusRule,
}

/** Lists what the schema of an object's kind says against it, and the fields that the schema does not know. */
export function findObjections(manifest: Manifest): string[] {
  const kind = `${manifest.apiVersion} ${manifest.kind}`
  const Kind = models[kind]
  if (!Kind) return [`${kind} is not among the kinds that can be checked`]
  const { value, unread } = watchReads(manifest, kind)
  try {
    Kind.prototype.validate.call(value)
  } catch (error) {
    return [`${kind} ${manifest.metadata.name}: ${error instanceof Error ? error.message : error}`]
  }
  return unread().map(path => `${path} is not a field`)
}

/**
 * The validators let unknown fields pass, as Kubernetes does. They read every field that they know, so a field that was not read is
 * misspelt.
 */
function watchReads(value: unknown, path: string): { value: unknown; unread: () => string[] } {
  if (typeof value !== 'object' || value === null) return { value, unread: () => [] }
  const read = new Set<string>()
  const watched = new Map(
    Object.entries(value).map(([key, inner]) => [key, watchReads(inner, `${path}.${key}`)]),
  )
  const proxy = new Proxy(value, {
    get(target, key) {
      const found = typeof key === 'string' ? watched.get(key) : undefined
      if (!found) return Reflect.get(target, key)
      read.add(String(key))
      return found.value
    },
  })
  const unread = () =>
    Array.from(watched, ([key, inner]) => (read.has(key) ? inner.unread() : [`${path}.${key}`])).flat()
  return { value: proxy, unread }
}
