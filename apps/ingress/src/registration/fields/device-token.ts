import type { Provider } from '@ringer/providers'

/** A token whose platform is not known, in the form in which its provider would have stored it. */
export function normalToken(token: string, providers: readonly Provider[]): string {
  for (const provider of providers) {
    const read = provider.readToken(token)
    if (read.ok) return read.token
  }
  return token
}
