import type { FakeAnswer } from '../wire/judge-push.ts'

/** Google's refusal of this method, path and access token, or null if they are valid. */
export function validateRequestLine(request: {
  method: string
  path: string
  projectId: string
  authenticated: boolean
}): FakeAnswer | null {
  const { method, path, projectId, authenticated } = request
  const project = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(path)?.[1]
  if (project === undefined || method !== 'POST') {
    return { status: 404, reason: 'NOT_FOUND', message: 'The requested URL was not found on this server.' }
  }
  if (!authenticated) {
    const message = 'Request had invalid authentication credentials. Expected OAuth 2 access token.'
    return { status: 401, reason: 'UNAUTHENTICATED', message }
  }
  if (project === projectId) return null
  const message = "Permission 'cloudmessaging.messages.create' denied on resource (or it may not exist)."
  return { status: 403, reason: 'PERMISSION_DENIED', message }
}
