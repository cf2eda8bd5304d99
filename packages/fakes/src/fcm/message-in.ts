/** The token and the data of a send request, valid or not: null and {} where it has none. */
export function messageIn(body: Readonly<Record<string, unknown>>): {
  token: string | null
  data: Readonly<Record<string, unknown>>
} {
  const message = objectAt(body, 'message')
  return { token: typeof message.token === 'string' ? message.token : null, data: objectAt(message, 'data') }
}

function objectAt(container: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const value = container[key]
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
