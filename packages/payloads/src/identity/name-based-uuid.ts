import { v5 } from 'uuid'

/** Any constant will do, as long as it never changes: ids derived before an update must equal those after it. */
const NAMESPACE = '6f0f6d1e-8c2f-5b44-9d0b-5f1d9e0c7a31'

/** A UUID that only depends on its parts; parts are joined as JSON, so that no two lists read the same. */
export function nameBasedUuid(...parts: (string | number | undefined)[]): string {
  return v5(JSON.stringify(parts.map(part => part ?? null)), NAMESPACE)
}
