import { createPrivateKey } from 'node:crypto'

/** A key that was squeezed into one line of an env file has its line breaks as \n. */
export const withNewlines = (pem: string) => pem.replaceAll('\\n', '\n')

/** Whether this is the PEM of a private key, whole and of the kind that the provider hands out. */
export function isPrivateKey(pem: string, kind: 'ec' | 'rsa'): boolean {
  try {
    return createPrivateKey(withNewlines(pem)).asymmetricKeyType === kind
  } catch {
    return false
  }
}
